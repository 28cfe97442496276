"""A world for runtime tests: a turned clock, a database, and doors that write down what comes out.

Only `Reply` and `Port` are stand-ins: in life a gateway implements them. Everything else is the real thing.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import msgspec
import psycopg
import pytest

from actors.apps import database_address
from actors.conf import NodeConfig
from actors.errors import ActorError
from actors.protocol.codec import Codec, codec_for
from actors.protocol.messages import Frame
from actors.runtime.conn import Traffic
from actors.runtime.connections import Conn, ConnectRequest
from actors.runtime.context import ActorContext
from actors.runtime.definition import (
    ActionDefinition,
    ActorDefinition,
    EventDefinition,
    Hooks,
    StateDefinition,
)
from actors.runtime.measures import SUM, Cells, Measurements, Sort, layout
from actors.runtime.node import Node
from actors.runtime.options import Options
from actors.runtime.registry import Registry
from actors.runtime.task import ActorTask
from actors.storage.store import ActorRecord, ClaimRequest, NewActor, NodeRecord, StateWrite, Store
from actors.testing.beat import Beat
from actors.testing.clock import TurnedClock
from actors.testing.databases import InMemory, StoreName, database
from actors.testing.faults import Faults
from actors.testing.store import WatchedStore

in_memory = pytest.mark.actors(store="memory")
"""For tests that tamper with the database, or where it must take no time."""


class NotingStore(WatchedStore):
    """Commits are noted."""

    def __init__(self, real: Store, clock: TurnedClock, faults: Faults) -> None:
        super().__init__(real, clock, faults)
        self.commits: list[list[StateWrite]] = []

    async def commit(self, writes: Sequence[StateWrite]) -> frozenset[str]:
        self.commits.append(list(writes))
        return await super().commit(writes)


class Answer:
    """A `Reply` that remembers: `value` or `error` once delivered, and how often that was."""

    def __init__(
        self, log: list[Any] | None = None, *, limit: Callable[[Any], Any] = lambda output: output
    ) -> None:
        self.deliveries = 0
        self.value: Any = None
        self.error: ActorError | None = None
        self._log = log
        self._limit = limit

    @property
    def here(self) -> bool:
        return self.deliveries > 0

    @property
    def code(self) -> str:
        assert self.error is not None, f"answered with {self.value!r}" if self.here else "not answered"
        return self.error.name

    def encode(self, output: Any) -> Any:
        return ("value", self._limit(output))

    def encode_error(self, err: ActorError) -> Any:
        return ("error", err)

    def deliver(self, frame: Any) -> None:
        kind, content = frame
        setattr(self, kind, content)
        self.deliveries += 1
        if self._log is not None:
            self._log.append(content)


class Wire:
    """A `Port`: the frames and the close that a client would see."""

    def __init__(self, log: list[Any] | None = None, codec: Codec | None = None) -> None:
        self.codec = codec or codec_for("json")
        self.traffic: Traffic | None = None
        self.round_trip = None
        self.frames: list[Any] = [] if log is None else log
        self.closed: tuple[int, str] | None = None

    def write(self, frame: Frame) -> None:
        assert self.closed is None, "a frame after the close"
        body = msgspec.json.decode(frame)["body"]
        self.frames.append((body["val"]["name"], *body["val"]["args"]))

    def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)


class Instance:
    """What the author's class is in these tests: the handlers below reach everything through `ctx`."""

    def __init__(self, ctx: ActorContext) -> None:
        self.ctx = ctx


async def increment(self: Instance, amount: int = 1) -> int:
    self.ctx.state += amount
    return int(self.ctx.state)


async def get(self: Instance) -> int:
    return int(self.ctx.state)


COUNTER = StateDefinition(lambda instance, given: given or 0, msgspec.msgpack.encode, msgspec.msgpack.decode)
DICT = StateDefinition(lambda instance, given: {}, msgspec.msgpack.encode, msgspec.msgpack.decode)
TICKED = EventDefinition("ticked", frozenset({"was_ticked"}))


def action(
    name: str, handler: Callable[..., Any], *, readonly: bool = False, exclusive: bool = False
) -> ActionDefinition:
    is_async, stepwise = inspect.iscoroutinefunction(handler), "atomic" in handler.__code__.co_names
    return ActionDefinition(name, handler, tuple, is_async, readonly, exclusive, stepwise)


def define(
    name: str = "counter",
    *,
    state: StateDefinition | None = COUNTER,
    readonly: Sequence[str] = ("get",),
    exclusive: Sequence[str] = (),
    hooks: dict[str, Callable[..., Any]] | None = None,
    options: Options | None = None,
    **handlers: Callable[..., Any],
) -> ActorDefinition:
    """A class with `increment`, `get`, and what else is given."""
    every = {"increment": increment, "get": get, **handlers}
    assert set(hooks or ()) <= {item.name for item in fields(Hooks)}
    return ActorDefinition(
        name=name,
        new_instance=Instance,
        actions={
            key: action(key, handler, readonly=key in readonly, exclusive=key in exclusive)
            for key, handler in every.items()
        },
        events=dict.fromkeys(("ticked", "was_ticked"), TICKED),
        hooks=Hooks(**(hooks or {})),
        state=state,
        options=options or Options(),
    )


class World:
    """One database, one clock, any number of nodes: made of the parts of `actors.testing`."""

    def __init__(self, store: StoreName = "memory", config: NodeConfig | None = None) -> None:
        self.config = config or NodeConfig()
        self.clock = TurnedClock()
        self.faults = Faults()
        self.registry = Registry()
        self.measurements = Measurements(self.registry)
        self.nodes: list[Node] = []
        self.beats: list[Beat] = []
        self._numbers = itertools.count(1)
        self._database = database(store, self.config, self.clock)

    @property
    def database(self) -> InMemory:
        """The database, to be looked into or tampered with; only one in memory can be."""
        assert isinstance(self._database, InMemory)
        return self._database

    async def node(self, *definitions: ActorDefinition) -> Node:
        """A node that hosts these classes, and those of the nodes before it."""
        for definition in definitions:
            self.registry.register(definition)
        store = NotingStore(self._database.open_store(), self.clock, self.faults)
        number = next(self._numbers)
        node = Node(
            self.config,
            self.registry,
            store,
            self.clock,
            record=NodeRecord(f"node{number}", f"http://{number}"),
            measurements=self.measurements,
        )
        await node.start()
        self.nodes.append(node)
        self.beats.append(Beat(node, store, self.clock))
        self.beats[-1].start()
        return node

    async def actor(
        self,
        definition: ActorDefinition,
        *,
        key: str = "a",
        given: bytes | None = None,
        new_id: str | None = None,
    ) -> ActorTask:
        """An awake actor on the first node, its first state durable."""
        node = self.nodes[0] if self.nodes else await self.node(definition)
        self.registry.register(definition)
        found = await node.ensure(request(definition.name, key, given, new_id))
        assert isinstance(found, ActorTask)
        await self.clock.settle()
        return found

    async def close(self) -> None:
        """End every actor and every node."""
        for beat in self.beats:
            beat.stop()
        for node in self.nodes:
            await node.stop(self.config.drain_timeout)
        await self.clock.settle()

    @property
    def store(self) -> NotingStore:
        store = self.nodes[0].store
        assert isinstance(store, NotingStore)
        return store

    async def record(self, actor_id: str) -> ActorRecord:
        """The directory's row of an actor."""
        [record] = await self.store.real.get([actor_id])
        return record

    def stored(self, actor: ActorTask | str) -> Any:
        """The actor's state as the database has it, None if it has none."""
        actor_id = actor if isinstance(actor, str) else actor.actor_id
        if isinstance(self._database, InMemory):
            state = self._database.rows[actor_id].state
        else:
            state = state_in_postgres(actor_id)
        return None if state is None else msgspec.msgpack.decode(state)

    def counted(self, series: str, *labels: str, name: str = "counter") -> float:
        """One number of a class; of a histogram how often something was observed."""
        measures = self.measurements.of(name)
        sorts: dict[Sort, Cells] = {"gauge": measures.gauges, "counter": measures.counters}
        for sort, cells in sorts.items():
            if (place := layout(sort).get((series, *labels))) is not None:
                return cells[place]
        first = layout("histogram")[series, *labels]
        return sum(measures.histograms[first + offset] for offset in range(SUM))

    def gauges(self, name: str = "counter") -> dict[tuple[str, ...], float]:
        """Those of a class that are not zero."""
        cells = self.measurements.of(name).gauges
        return {series: cells[place] for series, place in layout("gauge").items() if cells[place]}

    async def ask(self, task: ActorTask, name: str, *args: Any, conn: Conn[Any] | None = None) -> Answer:
        """Dispatch, and let the loop run until nothing moves any more."""
        answer = self.send(task, name, *args, conn=conn)
        await self.clock.settle()
        return answer

    def send(
        self,
        task: ActorTask,
        name: str,
        *args: Any,
        conn: Conn[Any] | None = None,
        log: list[Any] | None = None,
    ) -> Answer:
        answer = Answer(log)
        task.dispatch(name, args, answer, conn)
        return answer

    async def connect(
        self, task: ActorTask, *events: str, log: list[Any] | None = None, **request: Any
    ) -> Client:
        wire = Wire(log)
        conn = await task.connect(ConnectRequest(**request), wire)
        for event in events:
            task.subscribe(conn, event)
        await self.clock.settle()
        return Client(conn, wire)


@dataclass
class Client:
    """Both ends of a connection."""

    conn: Conn[Any]
    wire: Wire


def state_in_postgres(actor_id: str) -> bytes | None:
    """Read at once, on a connection of its own: nothing else happens meanwhile."""
    with psycopg.connect(database_address()) as connection:
        words = "SELECT state FROM actors_state WHERE actor_id = %s"
        row = connection.execute(words, [actor_id]).fetchone()
    return None if row is None else row[0]


def request(
    name: str = "counter", key: str = "a", given: bytes | None = None, new_id: str | None = None
) -> ClaimRequest:
    """Get or create."""
    return ClaimRequest(name=name, key=key, new=NewActor(new_id or f"{name}-{key}", name, key, given))
