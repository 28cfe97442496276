"""Actors for suites about connections: who is let in, what is kept of them, and how they end."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from typing import Any

from actors import Actor, Conn, ConnectRequest, Event, Options, UserError, action


def param(request: ConnectRequest | Conn[Any], name: str, default: Any = None) -> Any:
    """One of the client's params."""
    return request.params.get(name, default) if isinstance(request.params, dict) else default


class Lifelog(Actor):
    """Keeps the names of its hooks in their order; of connections only where the client asks for it."""

    state: list[str]

    def on_wake(self) -> None:
        self.state.append("wake")

    def on_before_connect(self, request: ConnectRequest) -> None:
        self._note("before connect", request)

    def on_connect(self, conn: Conn[Any]) -> None:
        self._note("connect", conn)

    def on_disconnect(self, conn: Conn[Any]) -> None:
        self._note("disconnect", conn)

    @action(readonly=True)
    async def entries(self) -> list[str]:
        return self.state

    @action
    async def work(self) -> None:
        """A call like any other."""

    def _note(self, what: str, who: ConnectRequest | Conn[Any]) -> None:
        if param(who, "track"):
            self.state.append(what)


@dataclass
class Member:
    username: str = "anonymous"
    role: str = "guest"
    count: int = 0


class Membership(Actor):
    """Has a state for each connection, and tells one of the other."""

    state: int  # how many have left
    conn: Conn[Member]
    greeted = Event(str)
    told = Event(dict)

    def create_conn_state(self, request: ConnectRequest) -> Member:
        return Member(param(request, "username", "anonymous"), param(request, "role", "guest"))

    def on_connect(self, conn: Conn[Member]) -> None:
        conn.send("greeted", conn.state.username)

    def on_disconnect(self, conn: Conn[Member]) -> None:
        if conn.params != "observer":
            self.state += 1

    @action
    async def me(self) -> dict[str, Any]:
        return {"id": self.conn.id, **asdict(self.conn.state)}

    @action
    async def count(self, amount: int) -> int:
        self.conn.state.count += amount
        return self.conn.state.count

    @action
    async def rename(self, username: str, role: str) -> dict[str, Any]:
        self.conn.state.username, self.conn.state.role = username, role
        return asdict(self.conn.state)

    @action
    async def everybody(self) -> dict[str, str]:
        return {conn_id: conn.state.username for conn_id, conn in self.conns.items()}

    @action
    async def tell(self, conn_id: str, text: str) -> bool:
        self.conns[conn_id].send("told", {"from": self.conn.id, "text": text})
        return True

    @action(readonly=True)
    async def left(self) -> int:
        return self.state


class Porch(Actor):
    """Lets a client wait in the hook that its params name, until somebody opens."""

    conn: Conn[str]
    knocked = Event(list)

    def create_vars(self) -> dict[str, Any]:
        return {"gate": asyncio.Event(), "seen_on_connect": {}}

    async def on_before_connect(self, request: ConnectRequest) -> None:
        await self._wait_in("before", request)

    async def create_conn_state(self, request: ConnectRequest) -> str:
        await self._wait_in("create", request)
        return str(param(request, "label"))

    def on_connect(self, conn: Conn[str]) -> None:
        self.vars["seen_on_connect"][conn.state] = self._labels()

    @action
    async def inside(self) -> list[str]:
        return self._labels()

    @action
    async def seen_on_connect(self, label: str) -> list[str]:
        seen: list[str] = self.vars["seen_on_connect"][label]
        return seen

    @action
    async def open(self) -> None:
        self.vars["gate"].set()

    async def _wait_in(self, hook: str, request: ConnectRequest) -> None:
        if param(request, "wait") == hook:
            self.knocked.broadcast(self._labels())
            await self.vars["gate"].wait()

    def _labels(self) -> list[str]:
        return sorted(conn.state for conn in self.conns.values())


class Picky(Actor):
    """Refuses in the hook and in the way that the client asks for."""

    options = Options(on_before_connect_timeout=0.1)

    async def on_before_connect(self, request: ConnectRequest) -> None:
        how = param(request, "before")
        if how == "user":
            raise UserError("Not you.", code="not_you", metadata={"why": "asked to"})
        if how == "plain":
            raise ValueError("password=hunter2")
        if how == "slow":
            await asyncio.Event().wait()

    def create_conn_state(self, request: ConnectRequest) -> None:
        if param(request, "create") == "user":
            raise UserError("No room.", code="no_room")

    @action
    async def ping(self) -> str:
        return "pong"


@dataclass
class Seasons:
    wakes: int = 0
    sleeps: int = 0
    came: int = 0
    went: int = 0


class Hibernator(Actor):
    """Falls asleep when told to, and its clients stay."""

    state: Seasons
    conn: Conn[int]
    options = Options(sleep_timeout=3600)
    sleeping = Event(int)

    def create_conn_state(self, request: ConnectRequest) -> int:
        return 0

    def on_wake(self) -> None:
        self.state.wakes += 1

    async def on_sleep(self) -> None:
        self.state.sleeps += 1
        self.sleeping.broadcast(self.state.sleeps)
        await self.save()

    def on_connect(self, conn: Conn[int]) -> None:
        self.state.came += 1

    def on_disconnect(self, conn: Conn[int]) -> None:
        self.state.went += 1

    @action
    async def ping(self) -> str:
        return "pong"

    @action
    async def nap(self) -> None:
        self.sleep()

    @action
    async def step(self) -> int:
        self.conn.state += 1
        return self.conn.state

    @action
    async def steps(self) -> int:
        return self.conn.state

    @action
    async def ids(self) -> list[str]:
        return list(self.conns)

    @action(readonly=True)
    async def seasons(self) -> Seasons:
        return self.state


@dataclass
class Sight:
    method: str | None = None
    path: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: ConnectRequest) -> Sight:
        """What a hook can see of the request behind a connection, if the client wants it looked at."""
        if not param(request, "look"):
            return cls()
        scope = request.scope
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        return cls(scope.get("method", "GET"), scope["path"], headers)


class Witness(Actor):
    """Remembers the requests behind its connections."""

    state: dict[str, Sight]

    def on_before_connect(self, request: ConnectRequest) -> None:
        if param(request, "look") is not None:
            self.state["before"] = Sight.of(request)

    def create_conn_state(self, request: ConnectRequest) -> None:
        if param(request, "look") is not None:
            self.state["create"] = Sight.of(request)

    @action
    async def ping(self) -> str:
        return "pong"

    @action(readonly=True)
    async def sights(self) -> dict[str, Sight]:
        return self.state
