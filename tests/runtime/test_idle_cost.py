"""Ten thousand actors that nobody uses: what each of them costs."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc

import pytest

from actors.storage.store import NewActor
from tests.runtime.support import World, define, request

KIB_PER_ACTOR = 20
ACTORS = 1000


@pytest.mark.slow
async def test_an_idle_actor_is_small_and_has_one_timer_and_no_task(world: World) -> None:
    node = await world.node(define())
    for number in range(ACTORS):
        await node.store.get_or_create(NewActor(f"counter-{number}", "counter", str(number)))
    await world.clock.settle()
    tasks, timers = len(asyncio.all_tasks()), len(world.clock._timers)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(ACTORS):
        await node.ensure(request(key=str(number)))
    await world.clock.settle()
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert node.stats().awake == ACTORS
    assert grown / ACTORS / 1024 < KIB_PER_ACTOR
    assert len(asyncio.all_tasks()) == tasks
    # Each start left a cancelled ready_timeout behind, which the manual clock drops when its time comes.
    live = [timer for *_, timer in world.clock._timers if not timer.cancelled]
    assert len(live) <= timers + ACTORS
    await world.clock.advance(29)
    assert node.stats().awake == ACTORS
