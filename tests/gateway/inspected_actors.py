"""Actors to look into: one like that of the recordings, one with types, one without a state."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypedDict

from actors import Actor, Conn, ConnectRequest, Event, HiddenTab, Options, Queue, Tab, UserError, action
from actors.protocol.values import UNDEFINED


class Count(TypedDict):
    count: int


class Inspected(Actor, name="inspected"):
    """What the recorded actor did, as far as the inspector asks for it."""

    state: Count
    options = Options(action_timeout=1.0, max_queue_size=3)
    tick = Event[Any]()
    counted = Event(int)
    jobs = Queue[Any, Any]()

    async def on_connect(self, conn: Conn[Any]) -> None:
        conn.state = {"p": conn.params}

    @action
    def inc(self, amount: int = 1) -> int:
        self.state["count"] += amount
        return self.state["count"]

    @action(readonly=True)
    def get(self) -> int:
        return self.state["count"]

    @action(readonly=True)
    def first(self, given: Any) -> Any:
        return given

    @action(readonly=True)
    def echo(self, *args: Any) -> list[Any]:
        return list(args)

    @action(name="userErrMeta")
    def user_err_meta(self) -> None:
        raise UserError("Detailed", code="detailed_error", metadata={"n": 1, "reason": "test"})

    @action
    def err(self) -> None:
        raise ValueError("secret internals")

    @action
    async def slow(self) -> None:
        await asyncio.Event().wait()

    @action
    def bad_manners(self) -> None:
        """Keeps in the state of its connections what is no data."""
        for conn in self.conns.values():
            conn.state = object()

    @action
    def nap(self) -> None:
        self.sleep()


class Planner(Actor, name="inspectedPlanner"):
    """With schedules of each kind."""

    state: int

    @action
    async def plan(self, delay: float) -> int:
        await self.schedule.cron.set("nightly", "0 3 * * *", self.ring, 1, timezone="Europe/Berlin")
        await self.schedule.cron.every("often", 3600, self.ring, 2, max_history=5)
        return await self.schedule.after(delay, self.ring, 3)

    @action
    async def ring(self, amount: int) -> int:
        if amount == 13:
            raise UserError("Unlucky.", code="unlucky")
        self.state += amount
        return self.state

    @action
    async def ring_soon(self, amount: int) -> int:
        return await self.schedule.after(0, self.ring, amount)


class Tabbed(Actor, name="tabbed"):
    """With tabs of its own in the inspector."""

    inspector_tabs = [Tab("board", "The board", folder="tabs/board", icon="tag"), HiddenTab("queue")]


class Plain(Actor, name="plain"):
    """Without a state."""

    @action(readonly=True)
    def hi(self) -> str:
        return "hi"


@dataclass
class Desk:
    owner: str = ""
    opened: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    tags: set[str] = field(default_factory=set)
    blob: bytes = b""
    size: int = 0
    orders: dict[int, str] = field(default_factory=lambda: {1: "tea"})


class Typed(Actor, name="typed"):
    """Its state is more than JSON can say."""

    state: Desk
    options = Options(max_state_size=1000)

    async def on_before_connect(self, request: ConnectRequest) -> None:
        if self.state.owner == "closed":
            raise UserError("No entry.", code="closed")

    @action(readonly=True)
    def kinds(self) -> list[str]:
        desk = self.state
        return [type(value).__name__ for value in (desk.owner, desk.opened, desk.tags, desk.blob, desk.size)]

    @action(readonly=True)
    def nothing(self) -> Any:
        return UNDEFINED
