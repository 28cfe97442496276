"""An actor with queues: it works on nothing by itself, so tests take the messages as its own code would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from actors import Actor, Options, Queue, action


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
    async def end(self) -> None:
        self.destroy()


async def worker(key: str = "a") -> Worker:
    """An actor that has just woken."""
    Worker.found.clear()
    await Worker.actors.get_or_create(key).wake()
    return Worker.found[-1]
