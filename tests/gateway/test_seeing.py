"""What a node tells of an actor that is awake there, and that no question wakes one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import msgspec
import pytest

from actors.gateway import attending
from actors.gateway.forward import Answer, Call, Forwarder
from actors.gateway.platform import Platform
from actors.gateway.seeing import PATH, Seen, Which
from tests.gateway.inspecting import Inspector

Ask = Callable[[str], Awaitable[Answer]]


@pytest.fixture
def ask(platform: Platform, http: httpx.AsyncClient) -> Ask:
    forwarder = Forwarder(platform.config, platform.clock)
    forwarder.client = http

    async def asked(actor_id: str) -> Answer:
        body = msgspec.json.encode(Which(actor_id))
        call = Call("POST", PATH, {b"content-type": b"application/json"}, body)
        return await forwarder.send("http://localhost", call, hops=1)

    return asked


async def test_an_actor_is_told_of_while_it_is_awake_and_not_woken(
    inspector: Callable[..., Awaitable[Inspector]], ask: Ask, platform: Platform
) -> None:
    made = await inspector("probe")
    seen = msgspec.json.decode((await ask(made.actor_id)).body, type=Seen)
    assert (seen.clients, seen.count) == ([], 0)
    assert seen.sleeps_in is not None
    task = made.task()
    task.request_sleep()
    await task.stopped()
    late = await ask(made.actor_id)
    assert late.wrong_node
    assert (await platform.ready()).local(made.actor_id) is None


@pytest.mark.parametrize("path", [PATH, attending.PATH])
async def test_the_door_is_open_to_the_platform_alone(path: str, http: httpx.AsyncClient) -> None:
    refused = await http.post(path, json={"actor_id": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
