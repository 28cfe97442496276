"""Nodes: join, heartbeat, leave, and the session whose end is noticed at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from actors.storage.store import Store
from tests.contract.conftest import ALPHA, BETA
from tests.contract.worlds import LEASE, World


async def test_nodes_are_live_from_join_to_leave(alpha: Store, beta: Store) -> None:
    assert sorted(await alpha.live_nodes(), key=lambda node: node.node_id) == [ALPHA, BETA]
    await beta.leave("beta")
    assert await alpha.live_nodes() == [ALPHA]


async def test_a_heartbeat_renews_the_lease(alpha: Store, world: World) -> None:
    await world.age("alpha", LEASE - 1)
    assert await alpha.heartbeat("alpha")
    await world.age("alpha", LEASE - 1)
    assert await alpha.live_nodes() == [ALPHA]


async def test_a_heartbeat_after_the_lease_is_too_late(alpha: Store, world: World) -> None:
    await world.age("alpha", LEASE + 1)
    assert not await alpha.heartbeat("alpha")
    assert await alpha.live_nodes() == []


async def test_a_heartbeat_of_an_unknown_node_is_refused(store: Store) -> None:
    assert not await store.heartbeat("unknown")


async def test_the_end_of_the_session_is_told_once_and_at_once(world: World, store: Store) -> None:
    told = asyncio.Event()
    calls: list[str] = []

    def lost() -> None:
        calls.append("lost")
        told.set()

    await store.join(ALPHA, lost)
    await world.drop_session("alpha")
    await asyncio.wait_for(told.wait(), 30)
    assert not await store.heartbeat("alpha")
    assert await store.live_nodes() == []
    await store.leave("alpha")
    assert calls == ["lost"]


async def test_leaving_and_closing_tell_nobody(world: World) -> None:
    calls: list[str] = []
    for end in ("leave", "close"):
        store = await world.store()
        await store.join(replace(ALPHA, node_id=end), lambda: calls.append("lost"))
        await (store.leave(end) if end == "leave" else store.close())
    await world.mourn("close")
    survivor = await world.store()
    assert await survivor.live_nodes() == []
    assert calls == []


async def test_leaving_twice_is_harmless(alpha: Store) -> None:
    await alpha.leave("alpha")
    await alpha.leave("alpha")
    assert await alpha.live_nodes() == []


async def test_a_node_may_join_again_under_a_new_id(alpha: Store, world: World) -> None:
    await world.drop_session("alpha")
    successor = replace(ALPHA, node_id="alpha-2")
    await alpha.join(successor, lambda: None)
    assert await alpha.live_nodes() == [successor]
