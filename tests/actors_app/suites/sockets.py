"""Actors for suites about raw websockets, and about who may listen."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from actors import Actor, Conn, Event, Options, Queue, RawWebSocket, UserError, action
from tests.actors_app.suites.conns import param
from tests.actors_app.suites.lives import BRIEF, Living


@dataclass
class Air:
    messages: int = 0
    order: list[int] = field(default_factory=list)


class Radio(Actor):
    """Greets each websocket, answers what it is asked, and says the rest back."""

    state: Air
    conn: Conn[dict[str, Any]]

    async def on_websocket(self, websocket: RawWebSocket) -> None:
        if param(websocket.conn, "refuse"):
            raise UserError("Not on this wave.", code="refused")
        await asyncio.sleep(0)
        websocket.conn.state = {"opened": True, "id": websocket.conn.id}
        self._say(websocket, type="welcome", open=self._open(), conn=websocket.conn.state)
        async for message in websocket:
            self.state.messages += 1
            if isinstance(message, bytes):
                websocket.send(message[::-1])
            else:
                self._answer(websocket, json.loads(message))

    @action(readonly=True)
    async def report(self) -> dict[str, int]:
        return {"open": self._open(), "messages": self.state.messages}

    @action
    async def nap(self) -> None:
        self.sleep()

    def _answer(self, websocket: RawWebSocket, message: Any) -> None:
        kind = message.get("type")
        if kind == "ping":
            self._say(websocket, type="pong")
        elif kind == "where":
            self._say(websocket, path=websocket.path, query=websocket.query)
        elif kind == "number":
            self.state.order.append(message["number"])
            self._say(websocket, order=self.state.order)
        else:
            self._say(websocket, **message)

    def _open(self) -> int:
        return sum(conn.websocket is not None for conn in self.conns.values())

    def _say(self, websocket: RawWebSocket, **what: Any) -> None:
        websocket.send(json.dumps(what))


class Night(Living):
    """What websockets do while their actor would like to sleep."""

    options = Options(sleep_timeout=BRIEF, sleep_grace_period=2)

    def create_vars(self) -> dict[str, Any]:
        return {"gate": asyncio.Event(), "pace": 0.0}

    async def on_websocket(self, websocket: RawWebSocket) -> None:
        websocket.send("connected")
        async for message in websocket:
            if message == "work":
                websocket.send("working")
                await self._work()
        if websocket.query == "farewell":
            await self._work()

    async def on_sleep(self) -> None:
        await asyncio.sleep(self.vars["pace"])
        for conn in self.conns.values():
            if conn.websocket is not None:
                conn.websocket.send("sleeping")
        await super().on_sleep()

    @action
    async def let_go(self) -> None:
        self.vars["gate"].set()

    @action
    async def nap_slowly(self) -> None:
        self.vars["pace"] = 0.1
        self.sleep()

    async def _work(self) -> None:
        await self.vars["gate"].wait()
        self.state.value += 1


class ShortNight(Night):
    """Waits for nobody; who is cut short still finds the vars."""

    options = Options(sleep_timeout=3600, sleep_grace_period=0.3)

    async def _work(self) -> None:
        try:
            await super()._work()
        finally:
            self.state.value = 100 if "gate" in self.vars else -1


class Selective(Actor):
    """Decides who may listen to what."""

    state: list[str]
    open_news = Event(dict)
    closed_news = Event(dict)
    open_letters = Queue(str)
    closed_letters = Queue(str)

    def can_subscribe(self, conn: Conn[Any], event: str) -> bool:
        self.state.append(conn.id)
        return event == self.open_news.name

    def can_publish(self, conn: Conn[Any], queue: str) -> bool:
        self.state.append(conn.id)
        return queue != self.closed_letters.name

    @action
    async def tell(self, text: str) -> None:
        self.open_news.broadcast({"text": text})

    @action
    async def tell_by_name(self, text: str) -> None:
        self.conn.send("undeclared", {"text": text})

    @action
    async def take_letters(self) -> list[str]:
        letters = await (self.open_letters | self.closed_letters).next_batch(10, timeout=0)
        for letter in letters:
            await letter.complete()
        return [letter.body for letter in letters]

    @action
    async def asked_about(self) -> list[str]:
        return self.state
