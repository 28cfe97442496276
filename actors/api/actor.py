"""Actor: the base class that authors inherit from.

Annotations declare types, assignments declare members, methods are actions or hooks. What an instance
offers on `self` is delegated to the runtime's ActorContext; nothing else may be kept here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from logging import Logger, LoggerAdapter
from operator import attrgetter
from typing import Any, ClassVar, TypeVar

from actors.api.accessor import Actors
from actors.api.define import Blueprint, draw
from actors.api.events import Event
from actors.api.hints import enclosing_locals
from actors.api.kv import Kv
from actors.api.registry import declare
from actors.api.schedule import Scheduling
from actors.api.tabs import HiddenTab, Tab
from actors.runtime.abort import Aborted
from actors.runtime.conn import Conn
from actors.runtime.context import ActorContext
from actors.runtime.definition import ActorDefinition
from actors.runtime.options import Options

T = TypeVar("T")


def _from_context(name: str, *, writable: bool = False) -> Any:
    """A property of the context as a property of the actor, typed by the annotation it is assigned to."""

    def write(actor: Actor, value: Any) -> None:
        setattr(actor._context, name, value)

    return property(attrgetter(f"_context.{name}"), write if writable else None)


class _ActorsOfClass:
    """`ChatRoom.actors`: the handles of that class, typed as it."""

    def __get__(self, instance: object, owner: type[T]) -> Actors[T]:
        return Actors(owner)


class Actor:
    """A durable, addressed, single-writer object. See docs/quickstart.md.

    Class keywords: `name` is the wire name (default: ChatRoom is `chatRoom`); `abstract=True` makes a
    base class that cannot be hosted itself.
    """

    # Authors' classes still have a dict for what they keep until the actor sleeps.
    __slots__ = ("_context",)

    actors = _ActorsOfClass()

    __blueprint__: ClassVar[Blueprint]
    __definition__: ClassVar[ActorDefinition]

    options: ClassVar[Options]
    inspector_tabs: ClassVar[Sequence[Tab | HiddenTab]]
    # Any, so that authors may annotate them: `state: Chat`, `conn: Conn[str]`.
    input: Any = _from_context("input")
    state: Any = _from_context("state", writable=True)
    vars: Any = _from_context("vars", writable=True)
    conn: Any = _from_context("conn")

    def __init__(self, context: ActorContext) -> None:
        self._context = context

    def __init_subclass__(cls, *, name: str | None = None, abstract: bool = False, **rest: Any) -> None:
        super().__init_subclass__(**rest)
        lineage = [base for base in cls.__mro__ if base not in Actor.__mro__]
        cls.__blueprint__ = draw(lineage, name, abstract, enclosing_locals(cls, depth=1))
        cls.__definition__ = cls.__blueprint__.definition
        declare(cls.__blueprint__)
        # Constants, which the blueprint keeps: they must not hide the properties.
        for name in cls.__blueprint__.constants:
            if name in vars(Actor):
                setattr(cls, name, vars(Actor)[name])

    @property
    def id(self) -> str:
        return self._context.actor_id

    @property
    def name(self) -> str:
        """The wire name of the class."""
        return self._context.name

    @property
    def key(self) -> tuple[str, ...]:
        return self._context.key

    @property
    def conns(self) -> Mapping[str, Conn[Any]]:
        """Open connections by id."""
        return self._context.conns

    @property
    def kv(self) -> Kv:
        """Keys of its own, in Postgres: for what is too much for the state, or is to expire."""
        return Kv(self._context.kv)

    @property
    def schedule(self) -> Scheduling:
        """What the actor is to do later: actions at a time, or time and again."""
        return Scheduling(self._context.scheduler, self.__blueprint__)

    @property
    def log(self) -> LoggerAdapter[Logger]:
        """A logger whose records carry actor_id, actor_name and generation."""
        return self._context.log

    @property
    def aborted(self) -> Aborted:
        """True when the actor is on its way to sleep or destruction: time to finish.

        `await self.aborted.wait(timeout)` waits for that: True when it comes, False after `timeout` seconds.
        """
        return self._context.aborted

    def now(self) -> datetime:
        """The time in UTC by the clock of the node, which tests turn: keys expire and schedules run by it."""
        return datetime.fromtimestamp(self._context.scheduler.now() / 1000, UTC)

    async def save(self) -> None:
        """Store the state now; returns when it is durable."""
        await self._context.save()

    def atomic(self, *, timeout: float = 10.0) -> AbstractAsyncContextManager[None]:
        """State, keys, messages, schedules and Django's rows in one transaction: `async with self.atomic():`.

        An exception undoes it all. Raises atomic.timed_out if the block takes longer than `timeout` seconds.
        See docs/atomic.md.
        """
        return self._context.atomic(timeout)

    def sleep(self) -> None:
        """Ask to be put to sleep as soon as the running work allows it."""
        self._context.sleep()

    def destroy(self) -> None:
        """Ask to be destroyed: state removed, key free again."""
        self._context.destroy()

    def keep_awake(self, awaitable: Awaitable[T]) -> asyncio.Task[T]:
        """Run in the background; the actor does not fall asleep before it ends."""
        return self._context.keep_awake(awaitable)

    def wait_until(self, awaitable: Awaitable[Any]) -> None:
        """Run in the background; an actor that goes to sleep waits for it within its grace period."""
        self._context.wait_until(awaitable)

    def events(self, event: Event[T], /) -> AsyncIterator[T]:
        """On `async with ChatRoom.actors.connect(...) as conn`: the payloads of one event, as they arrive."""
        raise TypeError(f"{type(self).__name__}.events() needs a connection: use actors.connect(key).")
