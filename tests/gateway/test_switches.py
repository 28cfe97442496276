"""What has been switched counts for the next call: nothing is kept for a while. The clock stands still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from actors.gateway.platform import Platform
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.store import ClaimRequest, NewActor, NodeRecord
from actors.testing.clock import TurnedClock
from tests.gateway.frames import action_body, with_version

pytestmark = pytest.mark.parametrize("handler", ["slim"])
ID = "tpm899o4hpr4v5nz6us6k94knval00"

Query = Callable[..., str]


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


async def test_trap_17_a_client_that_speaks_another_version_is_answered_in_it_at_once(
    http: httpx.AsyncClient, query: Query
) -> None:
    url, body = query("probe", "v", "/action/get"), action_body("bare")
    for version in (3, 4, 3, 1, 4):
        sent = with_version(body, version)
        answer = await http.post(url, content=sent, headers={"x-rivet-encoding": "bare"})
        assert (answer.status_code, answer.content[:2]) == (200, sent[:2])


async def test_trap_17_an_actor_that_has_moved_is_found_at_its_new_node_at_once(
    platform: Platform, database: MemoryDatabase, http: httpx.AsyncClient
) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(200, content=b'{"output":0}')

    platform.forwarder.client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    nodes = {name: MemoryStore(database) for name in ("one", "two")}
    for name, node in nodes.items():
        await node.open()
        await node.join(NodeRecord(name, f"http://{name}"), lambda: None)
    new = NewActor(ID, "probe", "k")
    for name, node in nodes.items():
        await node.claim(name, [ClaimRequest(name="probe", key="k", new=new)])
        for _ in range(2):
            assert (await http.post(f"/gateway/{ID}/action/get", json={})).status_code == 200
        assert set(asked) == {name}
        asked.clear()
        await node.leave(name)
    here = await http.post(f"/gateway/{ID}/action/get", json={})
    assert (here.headers["x-rivet-actor-generation"], asked) == ("3", [])


async def test_trap_17_a_token_that_has_been_set_is_asked_for_at_once(
    platform: Platform, http: httpx.AsyncClient, query: Query
) -> None:
    url = query("probe", "t", "/action/get")
    assert (await http.post(url, json={})).status_code == 200
    for token in ("first", "second"):
        platform.config = replace(platform.config, token=token)
        for shown in ("first", "second"):
            answer = await http.post(url, json={}, headers={"x-rivet-token": shown})
            assert answer.status_code == (200 if shown == token else 403)
