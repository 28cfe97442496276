"""Actors that only tests talk to: one for each way in which an action can end, and each kind of caller."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from actors import Actor, Conn, Event, Options, RawWebSocket, Request, Response, UserError, action
from tests.actors_app import suites as suites
from tests.actors_app.alarms import Reminder as Reminder
from tests.actors_app.ledger import Ledger as Ledger
from tests.actors_app.mill import Mill as Mill
from tests.actors_app.vault import Vault as Vault


class Echo(Actor):
    """Gives back what it gets, so that values can be followed over the wire and back."""

    said = Event[Any]()

    @action
    async def echo(self, value: Any) -> Any:
        return value

    @action
    async def echo_all(self, *values: Any) -> list[Any]:
        return list(values)

    @action
    async def say(self, value: Any) -> None:
        self.said.broadcast(value)

    @action
    async def who_am_i(self) -> dict[str, Any]:
        return {"id": self.id, "name": self.name, "key": list(self.key)}

    @action(name="users.add")
    async def add_user(self, name: str) -> str:
        return f"added {name}"


class Process(Actor):
    """Tells of the process that it lives in."""

    @action
    def count_spared(self) -> int:
        return gc.get_freeze_count()

    @action
    def time_the_way(self) -> float | None:
        """To whoever asks and back, as a page would be told."""
        return None if self.conn.port is None else self.conn.port.round_trip

    @action
    def fill(self, size: int) -> str:
        return "x" * size


class Web(Actor):
    """Answers raw HTTP, whole and in parts."""

    state: int

    async def on_request(self, request: Request) -> Any:
        if request.path == "/echo":
            return Response(request.stream())
        if request.path == "/waiting":
            return self._waiting()
        if request.path == "/endless":
            return self._endless()
        self.state += 1
        body = await request.body()
        told = {"path": request.path, "query": request.query, "size": len(body), "id": self.id}
        told["header"] = request.headers.get("x-own")
        return Response.json(told, 201, {"x-mine": "1", "set-cookie": "a=1"})

    async def _waiting(self) -> AsyncIterator[str]:
        self.state += 1
        yield "first"
        try:
            await asyncio.Event().wait()
        finally:
            self.state += 100

    async def _endless(self) -> AsyncIterator[bytes]:
        while True:
            self.state += 1
            yield b"x" * 65536

    @action(readonly=True)
    def count(self) -> int:
        return self.state


@dataclass
class Heard:
    messages: int = 0
    closed: list[list[Any]] = field(default_factory=list)


class Line(Actor):
    """Speaks over raw websockets, each path in its own way, and remembers how they ended."""

    state: Heard

    async def on_websocket(self, websocket: RawWebSocket) -> None:
        if websocket.path == "/deaf":
            await asyncio.Event().wait()
        if websocket.path in ("/hose", "/tap"):
            await self._pour(websocket)
        async for message in websocket:
            self.state.messages += 1
            if message == "where":
                told = {"path": websocket.path, "query": websocket.query, "params": websocket.conn.params}
                websocket.send(json.dumps({**told, "own": websocket.headers.get("x-own")}))
            elif message == "bye":
                websocket.close(4001, "user.bye")
            else:
                websocket.send(message)
        if websocket.closed is not None:
            self.state.closed.append([websocket.closed.code, websocket.closed.reason])

    async def _pour(self, websocket: RawWebSocket) -> None:
        """A hose changes its state only at the end: what is sent after a change waits until it is stored."""
        poured = 0
        while websocket.closed is None:
            poured += 1
            websocket.send(b"x" * 65_536)
            if websocket.path == "/tap":
                self.state.messages = poured
                await websocket.drain()
            await asyncio.sleep(0)
        self.state.messages = poured

    @action(readonly=True)
    def report(self) -> Heard:
        return self.state


class Thrower(Actor):
    """Fails in every way."""

    state: int

    @action
    async def user_error(self) -> None:
        raise UserError("The shop is closed.", code="closed", metadata={"opens": 9, "days": ["Mon", "Tue"]})

    @action
    async def bare_user_error(self) -> None:
        raise UserError("Just no.")

    @action
    async def plain_exception(self) -> None:
        raise ValueError("password=hunter2")

    @action
    async def change_then_throw(self) -> None:
        self.state += 1
        raise UserError("Changed, then failed.", code="half_way")

    @action(readonly=True)
    async def get_changes(self) -> int:
        return self.state


class Peer(Actor):
    """Calls others of its kind, one after the other: `path` is keys, the first one next."""

    @action
    async def walk(self, path: list[str]) -> list[str]:
        return [self.id, *(await Peer.actors.get_or_create(path[0]).walk(path[1:]) if path else [])]

    @action(exclusive=True)
    async def walk_alone(self, path: list[str]) -> list[str]:
        return [self.id, *(await Peer.actors.get_or_create(path[0]).walk_alone(path[1:]) if path else [])]

    @action
    async def fail_at(self, path: list[str], how: str) -> None:
        """The failure of the last one, seen by all before it and passed on as it came."""
        if path:
            await Peer.actors.get_or_create(path[0]).fail_at(path[1:], how)
        elif how == "user":
            raise UserError("No way.", code="blocked", metadata={"at": list(self.key)})
        raise ValueError("password=hunter2")


class Slow(Actor):
    """Answers later, and in the order that the callers' waits make."""

    @action
    async def wait(self, seconds: float, answer: Any = None) -> Any:
        await asyncio.sleep(seconds)
        return answer


@dataclass
class Guests:
    joined: int = 0
    names: list[str] = field(default_factory=list)


class Club(Actor):
    """Looks at the parameters of whoever connects; refuses who says so."""

    state: Guests
    conn: Conn[str]
    joined = Event(str)

    async def on_connect(self, conn: Conn[str]) -> None:
        params = conn.params if isinstance(conn.params, dict) else {}
        if params.get("refuse"):
            raise UserError("Members only.", code="refused", metadata={"why": "asked to"})
        conn.state = str(params.get("name", "nobody"))
        self.state.joined += 1
        self.state.names.append(conn.state)
        self.joined.broadcast(conn.state)

    @action(readonly=True)
    async def my_name(self) -> str:
        return self.conn.state

    @action(readonly=True)
    async def my_params(self) -> Any:
        return self.conn.params

    @action
    async def whisper(self, text: str) -> None:
        """Only the caller's own connection hears it."""
        self.conn.send("whisper", text)

    @action
    async def leave(self) -> None:
        self.conn.disconnect("bye.now")


class Newsroom(Actor):
    """Everybody may hear its news, but only editors the drafts."""

    state: list[str]
    news = Event(str)
    draft = Event(str)

    async def can_subscribe(self, conn: Conn[None], event: str) -> bool:
        await asyncio.sleep(0.01)
        return event == self.news.name or conn.params == "editor"

    @action
    async def write(self, text: str) -> int:
        self.draft.broadcast(text)
        self.news.broadcast(text)
        self.state.append(text)
        return len(self.state)


class Heir(Actor):
    """Remembers what it was made with."""

    state: dict[str, Any]

    def create_state(self, input: Any) -> dict[str, Any]:
        return {"input": input}

    @action(readonly=True)
    async def get_input(self) -> Any:
        return self.state["input"]


@dataclass
class Nights:
    value: int = 0
    wakes: int = 0
    left: list[str] = field(default_factory=list)


class Dozer(Actor):
    """Falls asleep when it is told to, whoever is connected, and counts how often it has been woken."""

    state: Nights
    conn: Conn[str]
    options = Options(sleep_grace_period=0.5, sleep_timeout=3600, can_hibernate_websocket=True)
    rung = Event[int]()

    async def on_wake(self) -> None:
        self.state.wakes += 1

    async def on_connect(self, conn: Conn[str]) -> None:
        conn.state = str(conn.params)

    async def on_websocket(self, websocket: RawWebSocket) -> None:
        async for message in websocket:
            self.state.value += 1
            websocket.send(message)
            if message == "nap":
                self.sleep()

    async def on_disconnect(self, conn: Conn[str]) -> None:
        if conn.params is not None:  # HTTP calls have connections too
            self.state.left.append(conn.state)

    @action
    async def add(self, amount: int) -> int:
        self.state.value += amount
        self.rung.broadcast(self.state.value)
        return self.state.value

    @action
    async def nap(self) -> None:
        self.sleep()

    @action
    async def dawdle(self, wake: int) -> int:
        """Outlasts the grace period, in the life that follows this wake."""
        if self.state.wakes == wake:
            self.sleep()
            await asyncio.Event().wait()
        return self.state.wakes

    @action(readonly=True)
    async def report(self) -> Nights:
        return self.state
