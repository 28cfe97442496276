"""Heard: the events that have reached one connection, without waiting for what never comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Generic, TypeVar

from actors.api.listening import EventIterator
from actors.testing.transport import NodeStream

T = TypeVar("T")


class Heard(Generic[T]):
    """Made by `ActorNode.listen`. Events stay until they are taken, each once."""

    def __init__(self, iterator: EventIterator, stream: NodeStream) -> None:
        self._iterator = iterator
        self._stream = stream

    async def all(self) -> list[T]:
        """The payloads since the last look. Raises ActorError if the connection has ended."""
        await self._gather()
        taken = list(map(self._iterator.event.read, self._iterator.waiting))
        self._iterator.waiting.clear()
        return taken

    async def next(self) -> T:
        """The next payload. Raises AssertionError if none comes unless something else happens first."""
        if not self._iterator.waiting:
            await self._gather()
        if not self._iterator.waiting:
            raise AssertionError(f"no event {self._iterator.event.name!r} has arrived, and nothing moves")
        payload: T = self._iterator.event.read(self._iterator.waiting.popleft())
        return payload

    async def _gather(self) -> None:
        for name, args in await self._stream.arrived():
            self._iterator.inbox.deliver(name, args)


async def heard(events: AsyncIterator[T]) -> Heard[T]:
    """Subscribe now. Raises TypeError for what is not `conn.events(...)` of a connection under test."""
    stream = events.inbox.stream if isinstance(events, EventIterator) else None
    if not isinstance(events, EventIterator) or not isinstance(stream, NodeStream):
        raise TypeError(f"listen() takes conn.events(...) of a connection under test, not {events!r}")
    await events.inbox.subscribe_pending()
    return Heard(events, stream)
