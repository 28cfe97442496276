"""Claims: who hosts an actor, under which generation; and the writes that the generation lets through."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from actors.errors import ActorError
from actors.storage.store import (
    Claimed,
    ClaimRequest,
    ClaimResult,
    HeldElsewhere,
    Missing,
    NewActor,
    Release,
    StateWrite,
    Store,
)
from tests.contract.conftest import ALPHA, BETA
from tests.contract.worlds import LEASE, World

LOBBY = NewActor("id-lobby", "chatRoom", "lobby", b"input", created_at=1000)
MAKE = ClaimRequest(new=LOBBY)
BY_ID = ClaimRequest(actor_id="id-lobby")
BY_KEY = ClaimRequest(name="chatRoom", key="lobby")


async def claim(store: Store, node_id: str, request: ClaimRequest) -> Claimed:
    (result,) = await store.claim(node_id, [request])
    assert isinstance(result, Claimed), result
    return result


async def test_a_claim_makes_what_is_absent_as_ours(alpha: Store) -> None:
    claimed = await claim(alpha, "alpha", MAKE)
    assert claimed.created
    assert (claimed.input, claimed.state, claimed.revision) == (b"input", None, 0)
    record = claimed.record
    assert (record.generation, record.node_id, record.created_at) == (1, "alpha", 1000)
    assert record.started_at is not None
    assert record.started_at == record.connectable_at
    assert await alpha.get(["id-lobby"]) == [record]
    assert await alpha.locate("id-lobby") == ALPHA


@pytest.mark.parametrize("request_", [BY_ID, BY_KEY, ClaimRequest(new=replace(LOBBY, actor_id="id-2"))])
async def test_a_claim_finds_by_id_and_by_key(alpha: Store, request_: ClaimRequest) -> None:
    await alpha.create(LOBBY)
    claimed = await claim(alpha, "alpha", request_)
    assert (claimed.record.actor_id, claimed.record.generation, claimed.created) == ("id-lobby", 1, False)
    assert claimed.input == b"input"


async def test_what_is_not_there_is_missing(alpha: Store) -> None:
    await alpha.create(LOBBY)
    await alpha.destroy("id-lobby", None, 2000)
    assert await alpha.claim("alpha", [BY_ID, BY_KEY, ClaimRequest(actor_id="unknown")]) == [Missing()] * 3
    assert await alpha.claim("alpha", [ClaimRequest()]) == [Missing()]


async def test_a_live_holder_keeps_its_actor(alpha: Store, beta: Store) -> None:
    await claim(alpha, "alpha", MAKE)
    other = ClaimRequest(new=replace(LOBBY, actor_id="id-2"))
    held = HeldElsewhere("id-lobby", ALPHA)
    assert await beta.claim("beta", [BY_ID, BY_KEY, other]) == [held] * 3
    assert (await claim(alpha, "alpha", BY_ID)).record.generation == 2


async def test_claiming_again_raises_the_generation_and_loads_the_state(alpha: Store) -> None:
    first = await claim(alpha, "alpha", MAKE)
    assert await alpha.commit([StateWrite("id-lobby", 1, 7, b"state")]) == {"id-lobby"}
    again = await claim(alpha, "alpha", BY_ID)
    assert (again.record.generation, again.state, again.revision) == (2, b"state", 7)
    assert again.record.started_at == first.record.started_at
    assert await alpha.commit([StateWrite("id-lobby", 1, 8, b"late")]) == frozenset()
    assert await alpha.revisions(["id-lobby"]) == {"id-lobby": (2, 7)}


async def test_a_released_actor_is_free(alpha: Store, beta: Store) -> None:
    await claim(alpha, "alpha", MAKE)
    assert await alpha.release([Release("id-lobby", 1, 5000, {"message": "it broke"})]) == {"id-lobby"}
    (asleep,) = await alpha.get(["id-lobby"])
    assert (asleep.node_id, asleep.connectable_at, asleep.slept_at) == (None, None, 5000)
    assert asleep.error == {"message": "it broke"}
    assert await alpha.locate("id-lobby") is None
    awake = (await claim(beta, "beta", BY_KEY)).record
    assert (awake.generation, awake.node_id, awake.slept_at, awake.error) == (2, "beta", None, None)


async def test_release_needs_the_generation(alpha: Store, beta: Store, world: World) -> None:
    await claim(alpha, "alpha", MAKE)
    await world.drop_session("alpha")
    await claim(beta, "beta", BY_ID)
    assert await alpha.release([Release("id-lobby", 1, 5000)]) == frozenset()
    assert await beta.locate("id-lobby") == BETA
    assert await beta.release([Release("id-lobby", 2, 5000)]) == {"id-lobby"}
    assert await beta.release([Release("id-lobby", 2, 6000)]) == frozenset()


async def test_a_dead_nodes_actors_move_at_once(alpha: Store, beta: Store, world: World) -> None:
    await claim(alpha, "alpha", MAKE)
    await alpha.commit([StateWrite("id-lobby", 1, 3, b"kept")])
    await alpha.close()
    await world.mourn("alpha")
    assert await beta.locate("id-lobby") is None
    moved = await claim(beta, "beta", BY_ID)
    assert (moved.record.generation, moved.state, moved.revision) == (2, b"kept", 3)


async def test_a_frozen_nodes_actors_move_after_its_lease(alpha: Store, beta: Store, world: World) -> None:
    await claim(alpha, "alpha", MAKE)
    await world.age("alpha", LEASE - 1)
    assert await beta.claim("beta", [BY_ID]) == [HeldElsewhere("id-lobby", ALPHA)]
    await world.age("alpha", 2)
    assert (await claim(beta, "beta", BY_ID)).record.generation == 2
    # It comes back, and changes nothing.
    assert await alpha.commit([StateWrite("id-lobby", 1, 9, b"stale")]) == frozenset()
    assert await alpha.release([Release("id-lobby", 1, 5000)]) == frozenset()
    assert not await alpha.destroy("id-lobby", 1, 5000)
    assert await beta.locate("id-lobby") == BETA


async def test_a_node_that_left_holds_nothing(alpha: Store, beta: Store) -> None:
    await claim(alpha, "alpha", MAKE)
    await alpha.leave("alpha")
    assert (await claim(beta, "beta", BY_ID)).record.generation == 2


async def test_destroy_with_a_generation_needs_the_ownership(alpha: Store) -> None:
    await claim(alpha, "alpha", MAKE)
    await claim(alpha, "alpha", BY_ID)
    assert not await alpha.destroy("id-lobby", 1, 5000)
    assert await alpha.destroy("id-lobby", 2, 5000)
    assert await alpha.commit([StateWrite("id-lobby", 2, 1, b"ghost")]) == frozenset()
    assert await alpha.release([Release("id-lobby", 2, 6000)]) == frozenset()


async def test_a_batch_answers_each_request_in_its_place(alpha: Store, beta: Store) -> None:
    await claim(beta, "beta", ClaimRequest(new=NewActor("id-held", "counter", "held")))
    await alpha.create(NewActor("id-asleep", "counter", "asleep"))
    results = await alpha.claim(
        "alpha",
        [
            ClaimRequest(actor_id="unknown"),
            MAKE,
            ClaimRequest(name="counter", key="held"),
            ClaimRequest(actor_id="id-asleep"),
        ],
    )
    shapes = [(type(result).__name__, getattr(result, "created", None)) for result in results]
    assert shapes == [("Missing", None), ("Claimed", True), ("HeldElsewhere", None), ("Claimed", False)]


async def test_one_actor_asked_for_twice_in_a_batch_gets_two_generations(alpha: Store) -> None:
    results = await alpha.claim("alpha", [MAKE, BY_KEY, BY_ID, BY_KEY])
    assert [result.record.generation for result in results if isinstance(result, Claimed)] == [1, 2, 3, 4]


async def test_two_nodes_racing_for_keys_get_one_owner_for_each_generation(alpha: Store, beta: Store) -> None:
    def requests(node: str, order: int) -> list[ClaimRequest]:
        names = [str(n) for n in range(20)][::order]
        return [ClaimRequest(new=NewActor(f"{node}-{key}", "counter", key)) for key in names]

    rounds = [alpha.claim("alpha", requests(f"a{n}", 1)) for n in range(5)]
    rounds += [beta.claim("beta", requests(f"b{n}", -1)) for n in range(5)]
    results: list[ClaimResult] = [result for answers in await asyncio.gather(*rounds) for result in answers]
    owners = [(r.record.actor_id, r.record.generation) for r in results if isinstance(r, Claimed)]
    assert len(owners) == len(set(owners)) == 100
    nodes = {r.record.actor_id: r.record.node_id for r in results if isinstance(r, Claimed)}
    for result in results:
        if isinstance(result, HeldElsewhere):
            assert result.node.node_id == nodes[result.actor_id]
    assert len(nodes) == 20


async def test_two_nodes_racing_for_a_dead_nodes_actors(world: World, alpha: Store, beta: Store) -> None:
    gamma = await world.store()
    await gamma.join(replace(ALPHA, node_id="gamma"), lambda: None)
    keys = [str(n) for n in range(20)]
    makes = [ClaimRequest(new=NewActor(f"id-{key}", "counter", key)) for key in keys]
    await gamma.claim("gamma", makes)
    await world.drop_session("gamma")
    by_id = [ClaimRequest(actor_id=f"id-{key}") for key in keys]
    taken = await asyncio.gather(alpha.claim("alpha", by_id), beta.claim("beta", by_id[::-1]))
    claimed = [r for answers in taken for r in answers if isinstance(r, Claimed)]
    held = [r for answers in taken for r in answers if isinstance(r, HeldElsewhere)]
    assert sorted(r.record.actor_id for r in claimed) == sorted(f"id-{key}" for key in keys)
    assert {r.record.generation for r in claimed} == {2}
    assert len(held) == 20


async def test_commits_race_with_a_takeover_and_none_is_lost_or_ghostly(
    world: World, alpha: Store, beta: Store
) -> None:
    await claim(alpha, "alpha", MAKE)
    acknowledged: list[int] = []

    async def write() -> None:
        for revision in range(1, 200):
            if not await alpha.commit([StateWrite("id-lobby", 1, revision, str(revision).encode())]):
                return
            acknowledged.append(revision)
            await asyncio.sleep(0)  # the memory store never waits
            if revision == 5:
                await world.drop_session("alpha")
        pytest.fail("the old owner was never fenced")

    async def take_over() -> Claimed:
        while True:
            (result,) = await beta.claim("beta", [BY_ID])
            if isinstance(result, Claimed):
                return result
            await asyncio.sleep(0)

    _, taken = await asyncio.wait_for(asyncio.gather(write(), take_over()), 30)
    assert taken.revision == acknowledged[-1]
    assert taken.state == str(acknowledged[-1]).encode()


async def test_commit_writes_what_is_ours_and_names_it(alpha: Store, beta: Store) -> None:
    makes = [ClaimRequest(new=NewActor(f"id-{n}", "counter", str(n))) for n in range(4)]
    await alpha.claim("alpha", makes[:3])
    await beta.claim("beta", makes[3:])
    writes = [StateWrite(f"id-{n}", 1, 1, b"\x00\xff") for n in range(3)]
    writes += [StateWrite("id-3", 0, 1, b"not ours"), StateWrite("unknown", 1, 1, b"")]
    assert await alpha.commit(writes) == {"id-0", "id-1", "id-2"}
    stored = await alpha.revisions(["id-0", "id-3", "unknown"])
    assert stored == {"id-0": (1, 1), "id-3": (1, 0)}


@pytest.mark.parametrize("size", [0, 1, 9_000, 3_000_000])
async def test_states_of_every_size_come_back(alpha: Store, size: int) -> None:
    await claim(alpha, "alpha", MAKE)
    state = bytes(range(256)) * (size // 256) + b"z" * (size % 256)
    assert await alpha.commit([StateWrite("id-lobby", 1, 1, state)]) == {"id-lobby"}
    assert (await claim(alpha, "alpha", BY_ID)).state == state


@pytest.mark.parametrize("request_", [ClaimRequest(actor_id="\0"), ClaimRequest(name="a", key="\ud800")])
async def test_a_claim_of_unstorable_text_is_a_structured_error(alpha: Store, request_: ClaimRequest) -> None:
    with pytest.raises(ActorError, match=r"actor\.invalid_request"):
        await alpha.claim("alpha", [request_])
