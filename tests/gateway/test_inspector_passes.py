"""Passes: what a page of ours hands to a frame, which is to do what its visitor may, for a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from actors.gateway import inspector_auth
from actors.gateway.inspector_auth import inspector_pass
from actors.gateway.platform import Platform
from actors.protocol import cbor
from actors.protocol import inspector_requests as requests
from actors.protocol.inspector_answers import Error, StateUpdated
from actors.storage.memory import MemoryDatabase
from tests.gateway.inspecting import Inspector
from tests.gateway.test_inspector_socket import talk

Inspect = Callable[..., Awaitable[Inspector]]


@pytest.fixture
def admit(inspector: Inspect, platform: Platform) -> Callable[[bool], Awaitable[Inspector]]:
    """`admit(may_change)`: a client whose token is a pass."""

    async def admitted(may_change: bool) -> Inspector:
        client = await inspector()
        client.token = inspector_pass(platform, client.actor_id, may_change=may_change) or ""
        return client

    return admitted


Admit = Callable[[bool], Awaitable[Inspector]]


async def changed(client: Inspector) -> tuple[int, str]:
    told = await client.ask("PATCH", "/state", json={"state": {"count": 5}})
    return told.status_code, told.json().get("code", "")


@pytest.mark.parametrize(("may_change", "told"), [(False, (403, "forbidden")), (True, (200, ""))])
async def test_a_pass_is_good_for_what_its_visitor_may(
    admit: Admit, platform: Platform, may_change: bool, told: tuple[int, str]
) -> None:
    client = await admit(may_change)
    assert (await client.get("/state"))["state"] == {"count": 0}
    assert await changed(client) == told
    async with talk(client) as (conversation, _):
        await conversation.send(requests.PatchStateRequest(cbor.encode({"count": 6})))
        assert isinstance(await conversation.read(), StateUpdated if may_change else Error)
    platform.config = replace(platform.config, inspector_read_only=True)
    assert (await client.ask("GET", "/state")).status_code == 200
    assert await changed(client) == (403, "forbidden" if not may_change else "read_only")


async def test_a_pass_is_for_one_actor_and_cannot_be_bettered(admit: Admit, inspector: Inspect) -> None:
    client, other = await admit(False), await inspector("inspected", "other")
    right, until, mark = client.token.split(".")
    longer = f"{right}.{int(until) + 1}.{mark}"
    for token in (f"change.{until}.{mark}", longer, f"{right}.{until}.", f"{right}..", right):
        refused = await client.ask("GET", "/state", headers={"authorization": f"Bearer {token}"})
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    refused = await other.ask("GET", "/state", headers={"authorization": f"Bearer {client.token}"})
    assert refused.status_code == 401


async def test_a_pass_lasts_a_while(admit: Admit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspector_auth, "PASS_LASTS", -1)
    assert (await (await admit(True)).ask("GET", "/state")).status_code == 401


async def test_a_pass_wakes_nobody(admit: Admit, inspector: Inspect, database: MemoryDatabase) -> None:
    """The frame of a tab asks time and again: it would undo each sleep."""
    client = await admit(True)
    task = client.task()
    task.request_sleep()
    await task.stopped()
    refused = await client.ask("GET", "/state")
    assert (refused.status_code, refused.json()["code"]) == (503, "stopped")
    assert database.rows[client.actor_id].record.connectable_at is None
    assert (await (await inspector()).ask("GET", "/state")).status_code == 200
    assert (await client.ask("GET", "/state")).status_code == 200


async def test_without_a_secret_there_are_no_passes(platform: Platform) -> None:
    platform.config = replace(platform.config, internal_secret="")
    assert inspector_pass(platform, "id", may_change=True) is None
