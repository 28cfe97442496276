"""The way to another node's actor: a dead owner is waited out, a call that may have begun is not repeated."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import httpx
import pytest

from actors.errors import ActorError
from actors.gateway.elsewhere import through_owner
from actors.gateway.forward import Answer, Call, Unreachable
from actors.gateway.platform import Platform
from actors.runtime.task import ActorTask
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.store import ClaimRequest, HeldElsewhere, NewActor, NodeRecord

ID = "tpm899o4hpr4v5nz6us6k94knval00"
CALL = Call("POST", f"/gateway/{ID}/action/get", {b"x-rivet-encoding": b"json"}, b"{}")


@pytest.fixture
async def other(database: MemoryDatabase) -> MemoryStore:
    """Another node, which holds the actor and answers nothing."""
    store = MemoryStore(database)
    await store.open()
    await store.join(NodeRecord("other", "http://127.0.0.1:9"), lambda: None)
    await store.claim("other", [ClaimRequest(name="probe", key="k", new=NewActor(ID, "probe", "k"))])
    return store


@pytest.fixture
async def held(platform: Platform, other: MemoryStore) -> HeldElsewhere:
    found = await (await platform.ready()).ensure(ClaimRequest(actor_id=ID))
    assert isinstance(found, HeldElsewhere)
    return found


async def asked(platform: Platform, held: HeldElsewhere) -> Answer | ActorTask:
    node = await platform.ready()
    return await through_owner(platform, held, CALL, partial(node.ensure, ClaimRequest(actor_id=ID)))


async def test_an_owner_that_dies_meanwhile_is_replaced(
    platform: Platform, other: MemoryStore, held: HeldElsewhere
) -> None:
    await other.close()
    found = await asked(platform, held)
    assert isinstance(found, ActorTask) and found.generation == 2


async def test_an_owner_that_stays_away_is_given_up_in_time(platform: Platform, held: HeldElsewhere) -> None:
    platform.config = replace(platform.config, ready_timeout=0.2)
    with pytest.raises(ActorError) as caught:
        await asked(platform, held)
    assert caught.value.name == "guard.service_unavailable"


def answered_by(platform: Platform, handler: httpx.MockTransport) -> None:
    """Let the forwarder speak to `handler` in place of the network."""
    platform.forwarder.client = httpx.AsyncClient(transport=handler)


async def test_the_answer_comes_back_as_it_is(platform: Platform, held: HeldElsewhere) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(207, headers={"x-rivet-actor": ID}, content=b"\x00\xff")

    answered_by(platform, httpx.MockTransport(answer))
    result = await asked(platform, held)
    assert isinstance(result, Answer)
    assert (result.status, result.body, result.headers["x-rivet-actor"]) == (207, b"\x00\xff", ID)
    (request,) = seen
    assert str(request.url) == f"http://127.0.0.1:9{CALL.url}"
    assert request.headers["x-actors-internal"].startswith("1.")


async def test_a_connection_that_breaks_after_sending_leaves_the_outcome_unknown(
    platform: Platform, held: HeldElsewhere
) -> None:
    calls = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        raise httpx.RemoteProtocolError("the owner hung up")

    answered_by(platform, httpx.MockTransport(answer))
    with pytest.raises(ActorError) as caught:
        await asked(platform, held)
    assert (caught.value.name, calls) == ("actor.outcome_unknown", 1)


async def test_a_node_that_refuses_is_asked_for_again_in_the_directory(
    platform: Platform, other: MemoryStore, held: HeldElsewhere
) -> None:
    async def refuse_and_leave(request: httpx.Request) -> httpx.Response:
        await other.leave("other")
        return httpx.Response(421)

    answered_by(platform, httpx.MockTransport(refuse_and_leave))
    found = await asked(platform, held)
    assert isinstance(found, ActorTask)


async def test_a_node_that_cannot_be_reached_has_done_nothing(platform: Platform) -> None:
    with pytest.raises(Unreachable):
        await platform.forwarder.send("http://127.0.0.1:9", CALL, hops=0)
