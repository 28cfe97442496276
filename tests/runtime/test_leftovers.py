"""An ended generation goes with the last who looks at it, and leaves nothing to the garbage collector.

A full collection stops the event loop for all actors of a node: what ends a thousand times must not need it.
"""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest

from actors import Actor, Event, Options, Queue, UserError, action
from actors.testing import ActorNode

ROUNDS = 3
ACTIONS = (
    "use",
    "plan",
    "store_together",
    "undo",
    "refuse",
    "take_too_long",
    "wait_for_the_end",
    "go_on_behind_it",
    "end",
)


@dataclass
class Wear:
    count: int = 0


class Worn(Actor):
    """Uses everything that there is, one thing at a time."""

    state: Wear
    options = Options(action_timeout=5)
    ticks = Event(int)
    jobs = Queue(int, int)

    async def run(self) -> None:
        async for message in self.jobs:
            await message.complete(message.body)

    def on_state_change(self, state: Wear) -> None:
        self.ticks.broadcast(state.count)

    @action
    async def use(self) -> int:
        self.state.count += 1
        await self.kv.put("key", "value")
        return self.state.count

    @action
    async def plan(self) -> None:
        await self.schedule.after(1, "use")
        await self.schedule.cron.every("often", 1000, "use")

    @action
    async def store_together(self) -> None:
        async with self.atomic():
            self.state.count += 1
            await self.jobs.send(1)

    @action
    async def undo(self) -> None:
        with suppress(ZeroDivisionError):
            async with self.atomic():
                self.state.count //= 0

    @action
    async def refuse(self) -> None:
        raise UserError("not today", code="refused")

    @action
    async def take_too_long(self) -> None:
        await asyncio.sleep(10)

    @action
    async def wait_for_the_end(self) -> None:
        await self.aborted.wait()

    @action
    async def go_on_behind_it(self) -> None:
        self.keep_awake(asyncio.sleep(0))
        self.wait_until(asyncio.sleep(0))

    @action
    async def end(self) -> None:
        self.destroy()


async def _called(actors: ActorNode, key: str, name: str) -> None:
    room = Worn.actors.get_or_create(key)
    call = asyncio.ensure_future(getattr(room, name)())
    await actors.advance(6)
    if not call.done():
        await actors.sleep(room)
    await asyncio.wait([call])
    call.exception()


async def _sent(actors: ActorNode, key: str) -> None:
    assert await Worn.actors.get_or_create(key).jobs.send_and_wait(1) == 1


async def _connected(actors: ActorNode, key: str) -> None:
    async with Worn.actors.connect(key) as conn:
        heard = await actors.listen(conn.events(Worn.ticks))
        await conn.use()
        assert await heard.next() == 1


async def _crashed(actors: ActorNode, key: str) -> None:
    await Worn.actors.get_or_create(key).use()
    await actors.restart(crash=True)


def _calling(name: str) -> Callable[[ActorNode, str], Awaitable[None]]:
    async def call(actors: ActorNode, key: str) -> None:
        await _called(actors, key, name)

    return call


WAYS: dict[str, Callable[[ActorNode, str], Awaitable[None]]] = {
    **{name: _calling(name) for name in ACTIONS},
    "send": _sent,
    "connect": _connected,
    "crash": _crashed,
}


@pytest.mark.actors(store="memory")
@pytest.mark.parametrize("way", WAYS)
async def test_nothing_is_left_to_the_collector(actors: ActorNode, way: str) -> None:
    async def live(key: str) -> None:
        await WAYS[way](actors, key)
        room = Worn.actors.get_or_create(key)
        if await actors.status(room) == "awake":
            await actors.sleep(room)
        await actors.settle()

    await live("first")  # what is made once and kept
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        for number in range(ROUNDS):
            await live(f"next-{number}")
        assert actors.awake == []
        left = _unreachable()
    finally:
        gc.enable()
        gc.unfreeze()
    assert left == {}
    await actors.failures()


def _unreachable() -> Counter[str]:
    """What only a collection would take away, by type."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        return Counter(type(found).__qualname__ for found in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
