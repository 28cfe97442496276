"""Actors for suites about what an actor keeps beside its state: keys, and messages in queues."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from actors import Actor, ActorError, Options, Queue, action
from actors.api.queue import Consumer


class Drawer(Actor):
    """Gives its keys away."""

    @action
    async def put(self, key: str, value: str) -> None:
        await self.kv.put(key, value)

    @action
    async def get(self, key: str) -> str | None:
        return await self.kv.get(key)

    @action
    async def list(self, prefix: str) -> list[tuple[str, str]]:
        return await self.kv.list(prefix)

    @action
    async def list_range(
        self, start: str, end: str, reverse: bool = False, limit: int = 100
    ) -> list[tuple[str, str]]:
        return await self.kv.list_range(start, end, reverse=reverse, limit=limit)

    @action
    async def delete_range(self, start: str, end: str) -> None:
        await self.kv.delete_range(start, end)

    @action
    async def keep_bytes(self, key: str, values: list[int]) -> list[int]:
        await self.kv.put(key, bytes(values))
        return [*(await self.kv.get(key, type=bytes) or b"")]


class Desk(Actor):
    """Has queues, and takes from them what it is asked to."""

    options = Options(sleep_timeout=3600)
    greetings = Queue[Any, Any]()
    tasks = Queue[Any, Any](lease=0.5)
    ones = Queue[Any, Any]()
    twos = Queue[Any, Any]()

    def _of(self, names: Sequence[str]) -> Consumer[Any, Any]:
        first, *others = [getattr(self, name) for name in names or ("greetings", "tasks", "ones", "twos")]
        return reduce(or_, others, first)

    @action
    async def take(self, names: list[str], count: int = 1, timeout: float = 0) -> list[tuple[str, Any]]:
        messages = await self._of(names).next_batch(count, timeout)
        for message in messages:
            await message.complete()
        return [(message.queue, message.body) for message in messages]

    @action
    async def remind(self, body: Any) -> None:
        await Desk.actors.get(*self.key).tasks.send(body)

    @action
    async def answer_next(self, name: str) -> None:
        message = await self._of([name]).next()
        if message is not None:
            await message.complete({"echo": message.body})

    @action
    async def take_and_forget(self, name: str) -> Any:
        message = await self._of([name]).next()
        return None if message is None else message.body

    @action
    async def take_twice(self, name: str) -> list[Any]:
        """One after another, with the first still in hand; and by an iteration, which refuses that."""
        taken = [await self._of([name]).next(), await self._of([name]).next()]
        for message in taken:
            if message is not None:
                await message.retry()
        try:
            async for _ in self._of([name]):
                pass
        except ActorError as refusal:
            return [len(taken), refusal.name]
        return [len(taken)]

    @action
    async def complete_twice(self, name: str) -> str:
        message = await self._of([name]).next()
        if message is None:
            return "nothing"
        await message.complete()
        try:
            await message.complete()
        except ActorError as refusal:
            return refusal.name
        return "completed"

    @action
    async def first_of(self, names: list[str]) -> tuple[str, Any]:
        async for message in self._of(names):
            async with message:
                return message.queue, message.body
        return "nothing", None

    # -- waits that end before a message comes ---------------------------------------------------------
    @action
    async def wait_for_the_end(self) -> None:
        self.destroy()
        await self.ones.next()

    @action
    async def wait_for_the_end_or_give_up(self) -> str:
        self.destroy()
        try:
            async with asyncio.timeout(3600):
                await self.ones.next()
        except ActorError as end:
            return end.name
        return "a message"

    @action
    async def give_up(self, how: str) -> str:
        waiting = asyncio.ensure_future(self.first_of(["ones"]) if how == "iteration" else self.ones.next())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        return "cancelled" if waiting.cancelled() else "went on"


class Tray(Actor):
    """Holds one small letter."""

    options = Options(max_queue_size=1, max_queue_message_size=64)
    letters = Queue[Any, Any]()


class ManyHands(Actor):
    """Works off 32 queues."""

    state: list[str]
    vars().update({f"hand_{index}": Queue[Any, Any](name=f"hand.{index}") for index in range(32)})

    async def run(self) -> None:
        queues = [getattr(self, f"hand_{index}") for index in range(32)]
        async for message in reduce(or_, queues[1:], queues[0]):
            self.state.append(message.queue)
            await message.complete({"ok": True, "index": message.body["index"]})

    @action
    async def ping(self) -> str:
        return "pong"

    @action(readonly=True)
    async def done(self) -> list[str]:
        return self.state


class Employer(Actor):
    """Makes those with many hands, in an action or in its `run`."""

    state: list[str]
    openings = Queue[str, None]()

    async def run(self) -> None:
        async for opening in self.openings:
            async with opening:
                await self.hire(opening.body)

    @action
    async def hire(self, key: str) -> None:
        await ManyHands.actors.get_or_create(key).ping()
        self.state.append(key)

    @action
    async def hire_later(self, key: str) -> None:
        await self.openings.send_and_wait(key, timeout=10)

    @action(readonly=True)
    async def hired(self) -> list[str]:
        return self.state
