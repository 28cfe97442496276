"""Actors whose queues stand behind the doors under test."""

from __future__ import annotations

from typing import Any

from actors import Actor, Options, Queue, action


class Foreman(Actor, name="foreman"):
    """Its `run` answers what comes, as the consumer of the recordings did."""

    options = Options(max_queue_size=3)
    waity = Queue[Any, Any]()
    deaf = Queue[Any, Any]()

    async def run(self) -> None:
        async for message in self.waity:
            match message.body:
                case {"v": 3}:
                    await message.complete("x")
                case {"v": 4 | 6}:
                    await message.complete()
                case {"v": 5}:
                    await message.complete(None)
                case {"v": number}:
                    await message.complete({"done": number})
                case {"size": size}:
                    await message.complete("x" * size)
                case seen:
                    await message.complete(seen)

    @action
    async def left(self) -> list[Any]:
        """What nobody has worked on."""
        messages = await (self.waity | self.deaf).next_batch(10, timeout=0)
        for message in messages:
            await message.complete()
        return [message.body for message in messages]

    @action
    def nap(self) -> None:
        self.sleep()
