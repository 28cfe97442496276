"""Events of one open connection, shared out to everyone who iterates over some of them.

Needs no task of its own: whoever waits for an event reads the stream for all, one event at a time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any
from weakref import WeakSet

from actors.api.events import Event
from actors.api.transport import EventStream


class EventIterator:
    """`async for payload in conn.events(ChatRoom.new_message)`."""

    def __init__(self, inbox: EventInbox, event: Event[Any]) -> None:
        self.event = event
        self.waiting: deque[list[Any]] = deque()
        self.inbox = inbox

    def __aiter__(self) -> EventIterator:
        return self

    async def __anext__(self) -> Any:
        await self.inbox.fill(self)
        return self.event.read(self.waiting.popleft())


class EventInbox:
    """Who listens to what on one stream. An iterator that is no longer held is forgotten."""

    def __init__(self, stream: EventStream) -> None:
        self.stream = stream
        self._iterators: WeakSet[EventIterator] = WeakSet()
        self._pending: list[str] = []
        self._subscribed: set[str] = set()
        self._reading = asyncio.Lock()

    def listen(self, event: Event[Any]) -> EventIterator:
        """Subscribed before the next call or read on this connection, so no later event is missed."""
        iterator = EventIterator(self, event)
        self._iterators.add(iterator)
        name = event.definition.name
        if name not in self._subscribed:
            self._subscribed.add(name)
            self._pending.append(name)
        return iterator

    async def subscribe_pending(self) -> None:
        while self._pending:
            await self.stream.subscribe(self._pending.pop(0))

    async def fill(self, iterator: EventIterator) -> None:
        """Read until `iterator` has something; events of the others go to them."""
        await self.subscribe_pending()
        while not iterator.waiting:
            async with self._reading:
                if not iterator.waiting:
                    self.deliver(*await self.stream.next_event())

    def deliver(self, name: str, args: list[Any]) -> None:
        """Give an event that was read from the stream to whom it concerns."""
        for iterator in self._iterators:
            if name in iterator.event.names:
                iterator.waiting.append(args)
