"""Connections that hibernate: their rows, and the node that an actor stays bound to because of them."""

from __future__ import annotations

import pytest

from actors.storage.store import (
    Claimed,
    ClaimRequest,
    HeldElsewhere,
    NewActor,
    Release,
    Store,
    StoredConn,
)
from tests.contract.conftest import ALPHA, BETA
from tests.contract.worlds import World

LOBBY = "id-lobby"
BY_ID = ClaimRequest(actor_id=LOBBY)
ADA, BOB = StoredConn("conn-ada", b"ada"), StoredConn("conn-bob", b"bob")


async def claim(store: Store, node_id: str, request: ClaimRequest = BY_ID) -> Claimed:
    (result,) = await store.claim(node_id, [request])
    assert isinstance(result, Claimed), result
    return result


@pytest.fixture
async def asleep(alpha: Store) -> Store:
    """An actor that sleeps on alpha, generation 1, with two connections that hibernate."""
    first = await claim(alpha, "alpha", ClaimRequest(new=NewActor(LOBBY, "chatRoom", "lobby")))
    assert list(first.conns) == []
    assert await alpha.release([Release(LOBBY, 1, 5000, conns=[ADA, BOB])]) == {LOBBY}
    return alpha


async def test_an_actor_with_hibernating_connections_stays_bound_to_its_node(
    asleep: Store, beta: Store
) -> None:
    (record,) = await asleep.get([LOBBY])
    assert (record.node_id, record.connectable_at, record.slept_at) == ("alpha", None, 5000)
    assert await beta.locate(LOBBY) == ALPHA
    by_key = ClaimRequest(name="chatRoom", key="lobby")
    assert await beta.claim("beta", [BY_ID, by_key]) == [HeldElsewhere(LOBBY, ALPHA)] * 2


async def test_its_own_node_wakes_it_with_its_connections(asleep: Store) -> None:
    awake = await claim(asleep, "alpha")
    assert (awake.record.generation, awake.record.slept_at) == (2, None)
    assert [bytes(record) for record in awake.conns] == [b"ada", b"bob"]


async def test_the_end_of_its_node_sets_it_free(asleep: Store, beta: Store, world: World) -> None:
    await world.drop_session("alpha")
    assert await beta.locate(LOBBY) is None
    awake = await claim(beta, "beta")
    assert [bytes(record) for record in awake.conns] == [b"ada", b"bob"]
    assert await beta.locate(LOBBY) == BETA


async def test_rows_stay_until_they_are_forgotten(asleep: Store) -> None:
    await claim(asleep, "alpha")
    again = await claim(asleep, "alpha")
    assert len(again.conns) == 2, "a start that failed, or whose answer was lost, loses no row"
    await asleep.forget_conns(LOBBY, 3)
    assert list((await claim(asleep, "alpha")).conns) == []


async def test_forgetting_late_spares_what_was_stored_since(asleep: Store) -> None:
    await claim(asleep, "alpha")
    await asleep.release([Release(LOBBY, 2, 6000, conns=[BOB])])
    await asleep.forget_conns(LOBBY, 2)
    assert [bytes(record) for record in (await claim(asleep, "alpha")).conns] == [b"bob"]


async def test_the_latest_row_of_a_connection_comes_last(asleep: Store) -> None:
    await claim(asleep, "alpha")
    newer = StoredConn(ADA.conn_id, b"ada, later")
    await asleep.release([Release(LOBBY, 2, 6000, conns=[newer])])
    assert [bytes(record) for record in (await claim(asleep, "alpha")).conns][-1] == b"ada, later"


async def test_a_release_that_is_late_or_repeated_stores_nothing(asleep: Store) -> None:
    assert await asleep.release([Release(LOBBY, 1, 6000, conns=[ADA])]) == frozenset()
    await claim(asleep, "alpha")
    assert await asleep.release([Release(LOBBY, 1, 6000, conns=[ADA])]) == frozenset()
    assert len((await claim(asleep, "alpha")).conns) == 2


async def test_actors_released_together_keep_their_own_connections(alpha: Store) -> None:
    new = {key: ClaimRequest(new=NewActor(f"id-{key}", "chatRoom", key)) for key in ("a", "b", "c")}
    for request in new.values():
        await claim(alpha, "alpha", request)
    releases = [
        Release("id-a", 1, 5000, conns=[ADA]),
        Release("id-b", 1, 5000),
        Release("id-c", 1, 5000, conns=[BOB]),
    ]
    assert await alpha.release(releases) == {"id-a", "id-b", "id-c"}
    assert [await alpha.locate(f"id-{key}") for key in new] == [ALPHA, None, ALPHA]
    awake = [await claim(alpha, "alpha", ClaimRequest(actor_id=f"id-{key}")) for key in new]
    assert [[bytes(record) for record in one.conns] for one in awake] == [[b"ada"], [], [b"bob"]]


async def test_destroying_takes_the_connections_along(asleep: Store) -> None:
    assert await asleep.destroy(LOBBY, None, 9000)
    assert await asleep.locate(LOBBY) is None
    assert await asleep.release([Release(LOBBY, 1, 9500, conns=[ADA])]) == frozenset()
    remade = await claim(asleep, "alpha", ClaimRequest(new=NewActor("id-2", "chatRoom", "lobby")))
    assert list(remade.conns) == []
