"""Actors for suites about calls: how an action ends, how long it may take, what it may be told."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any

from actors import Actor, ActorError, Event, Options, UserError, action


class Hasty(Actor):
    """Gives its actions a tenth of a second."""

    options = Options(action_timeout=0.1)

    @action
    async def at_once(self) -> str:
        return "in time"

    @action
    def plainly(self) -> str:
        return "not even async"

    @action
    async def never(self) -> None:
        await asyncio.Event().wait()

    @action
    async def alive(self) -> bool:
        return True


@dataclass
class Shift:
    done: int = 0
    notes: list[str] = field(default_factory=list)


class Worker(Actor):
    """Does sync and async work, in the order that a second caller decides."""

    state: Shift
    started = Event(str)

    @action
    def add(self, amount: int) -> int:
        return self._add(amount)

    @action
    def clear(self) -> None:
        self.state.done = 0

    @action(name="sums.add")
    def nested_add(self, amount: int) -> int:
        return self._add(amount)

    @action
    async def add_later(self, amount: int) -> int:
        await asyncio.sleep(0)
        return self._add(amount)

    @action
    def promise(self, amount: int) -> Any:
        """Not `async` itself, but returns something to wait for."""
        return self._later(amount)

    @action
    async def refuse_later(self) -> None:
        await asyncio.sleep(0)
        raise UserError("Not today.", code="closed", metadata={"reason": "test", "at": 12})

    @action
    async def open(self, name: str) -> str:
        """Ends when somebody closes it."""
        gate = self.gates[name] = asyncio.Event()
        self.state.notes.append(f"start {name}")
        self.started.broadcast(name)
        await gate.wait()
        self.state.notes.append(f"end {name}")
        return name

    @action
    async def close(self, name: str) -> list[str]:
        self.state.notes.append(f"close {name}")
        self.gates[name].set()
        return self.state.notes

    def create_vars(self) -> None:
        self.gates: dict[str, asyncio.Event] = {}

    async def _later(self, amount: int) -> int:
        return self._add(amount)

    def _add(self, amount: int) -> int:
        self.state.done += amount
        return self.state.done


class Hauler(Actor):
    """Takes and gives large values."""

    @action
    async def load(self, items: list[str]) -> dict[str, Any]:
        return {"count": len(items), "ends": [items[0], items[-1]]}

    @action
    async def unload(self, count: int) -> list[str]:
        return [f"box {index} of a load that has to be large enough to matter" for index in range(count)]


class Watched(Actor):
    """Counts how often it is told that its state has changed."""

    state: int

    vars = {"told": 0, "double": 0}

    def on_state_change(self, state: int) -> None:
        self.vars["told"] += 1
        self.vars["double"] = state * 2

    @action
    async def put(self, value: int) -> int:
        self.state = value
        return value

    @action
    async def burst(self, count: int) -> None:
        for _ in range(count):
            self.state += 1

    @action(readonly=True)
    async def look(self) -> int:
        return self.state

    @action
    async def doubled(self) -> int:
        """Might write, and does not."""
        return self.state * 2

    @action(readonly=True)
    async def seen(self) -> dict[str, Any]:
        return self.vars


class Restless(Actor):
    """Writes to its state while it is told of a change."""

    state: dict[str, int]
    vars = {"told": 0, "error": None}

    def on_state_change(self, state: dict[str, int]) -> None:
        self.vars["told"] += 1
        try:
            state["derived"] = state["value"] * 2
            self.state = state
        except ActorError as refused:
            self.vars["error"] = f"{refused.group}.{refused.code}"

    @action
    async def put(self, value: int) -> None:
        self.state["value"] = value

    @action(readonly=True)
    async def same_state(self) -> bool:
        first = self.state
        return first is self.state

    @action(readonly=True)
    async def seen(self) -> dict[str, Any]:
        return {**self.state, **self.vars}


class Blank(Actor):
    """Has no state, and asks for it."""

    @action
    async def ping(self) -> str:
        return "pong"

    @action
    async def own_id(self) -> str:
        return self.id

    @action
    async def read_state(self) -> Any:
        return self.state

    @action
    async def has_database(self) -> bool:
        return hasattr(self, "db")


SERIAL = itertools.count(1)


class Fixed(Actor):
    """Each generation begins with a copy of these."""

    vars = {"size": 42, "inner": {"word": "as written", "numbers": [1, 2, 3]}}

    @action
    async def look(self) -> dict[str, Any]:
        return self.vars

    @action
    async def change(self) -> dict[str, Any]:
        self.vars["inner"]["word"] = "changed"
        self.vars["inner"]["numbers"].append(4)
        return self.vars


class Made(Actor):
    """Each generation makes its own vars."""

    def create_vars(self) -> dict[str, Any]:
        return {"serial": next(SERIAL), "of": "/".join(self.key)}

    @action
    async def look(self) -> dict[str, Any]:
        return self.vars


class Namesake(Actor):
    """Knows who it is, and knew it when it woke."""

    state: dict[str, Any]

    def on_wake(self) -> None:
        self.state["woke_as"] = self.name

    @action(readonly=True)
    async def who(self) -> dict[str, Any]:
        return {"name": self.name, "key": list(self.key), "woke_as": self.state["woke_as"]}

    @action
    async def tag(self, tags: dict[str, str]) -> dict[str, str]:
        """What others call tags is state here."""
        self.state["tags"] = tags
        return tags

    @action(readonly=True)
    async def tagged(self, name: str) -> str | None:
        tags: dict[str, str] = self.state["tags"]
        return tags.get(name)


class Inheritor(Actor):
    """Remembers what each hook of its birth was told."""

    state: dict[str, Any]

    def create_state(self, input: Any) -> dict[str, Any]:
        return {"first": input}

    def on_create(self, input: Any) -> None:
        self.state["then"] = input

    @action(readonly=True)
    async def told(self) -> dict[str, Any]:
        return self.state
