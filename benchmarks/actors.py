"""The actors that the load generator drives and that the demo site lacks; `counter` is the demo's own."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

from actors import Actor, Event, Options, Queue, action


class Room(Actor):
    """Nothing but a broadcast."""

    tick = Event(dict)

    @action
    async def fire(self, times: int = 1) -> int:
        """Broadcast `tick` so many times, each with the wall clock in ms."""
        for _ in range(times):
            self.tick.broadcast({"t": time.time() * 1000})
        return times


VALUE = 1024
KEYS = 8


class Keeper(Actor):
    """Puts a value and gets it back."""

    @action
    async def keep(self, number: int) -> int:
        """`number`, as the key has it once a value of a kibibyte is stored."""
        key = f"key-{number % KEYS}"
        await self.kv.put(key, f"{number:<{VALUE}}")
        return int(await self.kv.get(key) or -1)


class Packer(Actor):
    """Completes each message with what it holds."""

    parcels = Queue(int, int)

    async def run(self) -> None:
        async for message in self.parcels:
            await message.complete(message.body)


@dataclass
class Count:
    count: int = 0


class Resident(Actor):
    """A counter that stays awake for as long as a benchmark looks at its memory."""

    state: Count
    options = Options(sleep_timeout=3600)

    @action
    async def increment(self, amount: int = 1) -> int:
        self.state.count += amount
        return self.state.count


class Sleeper(Actor):
    """A counter that is often asleep. `life` is new each time it has come up into memory."""

    state: Count
    options = Options(sleep_timeout=1)

    def create_vars(self) -> str:
        return uuid.uuid4().hex

    @action
    async def increment(self, amount: int = 1) -> dict[str, str | int]:
        self.state.count += amount
        return await self.look()

    @action
    async def look(self) -> dict[str, str | int]:
        return {"life": self.vars, "count": self.state.count}

    @action
    async def nap(self, amount: int = 1) -> dict[str, str | int]:
        """Add, and go to sleep at once."""
        self.sleep()
        return await self.increment(amount)


@dataclass
class Firing:
    """When it was due and when it was done, Unix milliseconds."""

    due: float = 0.0
    at: float | None = None


class Drowsy(Actor):
    """Is due once, and asleep until then."""

    state: Firing
    options = Options(sleep_timeout=1)
    due = Queue(float)

    @action
    async def remind(self, due: float) -> None:
        await self.due.send(due, delay=max(0.0, due / 1000 - time.time()))

    @action
    async def fired(self) -> list[float] | None:
        """When it was due, and when it fired; None before that."""
        return None if self.state.at is None else [self.state.due, self.state.at]

    async def run(self) -> None:
        async for message in self.due:
            async with message:
                self.state.due, self.state.at = message.body, time.time() * 1000


class Watchful(Drowsy):
    """Awake all the time."""

    options = Options(no_sleep=True)
