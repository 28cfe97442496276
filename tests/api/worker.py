"""An actor with queues: it works on nothing by itself, so tests take the messages as its own code would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from actors import Actor, Options, Queue, UserError, action


@dataclass
class Job:
    name: str
    size: int = 1


@dataclass
class Receipt:
    job: str
    total: int


class Worker(Actor):
    """The awake ones are in `found`."""

    state: int = 0
    options = Options(no_sleep=True)
    jobs = Queue(Job, Receipt, max_attempts=3, lease=20, backoff=0)
    mail = Queue(str)
    odds = Queue[int | list[str], Any](name="odds.and.ends")
    found: ClassVar[list[Worker]] = []

    async def on_wake(self) -> None:
        self.found.append(self)

    @action
    async def wake(self) -> None:
        """Be there."""

    @action
    async def send_and_fail(self, text: str) -> None:
        await self.mail.send(text)
        raise UserError("Sent, then failed.")

    @action
    async def end(self) -> None:
        self.destroy()


async def worker(key: str = "a") -> Worker:
    """An actor that has just woken."""
    Worker.found.clear()
    await Worker.actors.get_or_create(key).wake()
    return Worker.found[-1]


class Clerk(Actor):
    """Leaves a note in its own queue from each of its hooks."""

    notes = Queue(str)

    async def on_migrate(self, is_new: bool) -> None:
        await self.notes.send(f"on_migrate, {is_new}")

    async def on_create(self) -> None:
        await self.notes.send("on_create")

    async def on_wake(self) -> None:
        await self.notes.send("on_wake")

    async def on_sleep(self) -> None:
        await self.notes.send("on_sleep")

    async def on_destroy(self) -> None:
        await self.notes.send("on_destroy")

    @action
    async def read(self) -> list[str]:
        read = []
        while message := await self.notes.try_next():
            async with message:
                read.append(message.body)
        return read

    @action
    async def end(self) -> None:
        self.destroy()
