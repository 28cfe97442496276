"""The transport of a test: every handle of the process reaches the node under test, from any loop or thread.

Never looks elsewhere: while there is no node, calls fail as they do during a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from actors.api.transport import EventStream, Target
from actors.gateway.inside import Inside
from actors.gateway.outbox import Outbox
from actors.gateway.parcels import Parcel
from actors.gateway.platform import Platform
from actors.gateway.relay import relay_calls
from actors.gateway.wire import Arguments
from actors.runtime.deliveries import Delivery
from actors.testing.clock import TurnedClock
from actors.testing.databases import Database, News
from actors.testing.loops import fetch, reach


class NodeTransport:
    """`actors.api.transport.Transport`."""

    def __init__(self, platform: Platform, news: News, clock: TurnedClock, database: Database) -> None:
        self._outbox = Outbox(platform, partial(database.store_call, news))
        relay_calls(platform)
        self._inside = Inside(platform)
        self._limit = platform.config.max_incoming_message
        self._loop = news.loop
        self._clock = clock

    async def call(self, target: Target, action: str, args: Sequence[Any]) -> Any:
        arguments = Arguments(args, self._limit)
        return await reach(self._loop, partial(self._inside.call, target, action, arguments))

    def call_blocking(self, target: Target, action: str, args: Sequence[Any], timeout: float) -> Any:
        arguments = Arguments(args, self._limit)
        return fetch(self._loop, partial(self._inside.call, target, action, arguments), timeout)

    async def send(self, target: Target, delivery: Delivery) -> Any:
        parcel = Parcel(delivery, self._limit)
        return await reach(self._loop, partial(self._inside.post, target, parcel))

    def send_blocking(self, target: Target, delivery: Delivery, timeout: float) -> Any:
        parcel = Parcel(delivery, self._limit)
        return fetch(self._loop, partial(self._inside.post, target, parcel), timeout)

    def call_on_commit(self, target: Target, action: str, args: Sequence[Any]) -> None:
        self._outbox.call(target, action, args)

    def send_on_commit(self, target: Target, delivery: Delivery) -> None:
        self._outbox.send(target, delivery)

    async def resolve(self, target: Target) -> str:
        return await reach(self._loop, partial(self._inside.resolve, target))

    def resolve_blocking(self, target: Target, timeout: float) -> str:
        return fetch(self._loop, partial(self._inside.resolve, target), timeout)

    async def connect(self, target: Target) -> EventStream:
        stream = await reach(self._loop, partial(self._inside.connect, target))
        return NodeStream(stream, self._loop, self._clock)


class NodeStream:
    """A connection that may be used from another loop, and asked for what has arrived."""

    def __init__(self, stream: EventStream, loop: asyncio.AbstractEventLoop, clock: TurnedClock) -> None:
        self._stream = stream
        self._loop = loop
        self._clock = clock

    async def call(self, action: str, args: Sequence[Any]) -> Any:
        return await reach(self._loop, partial(self._stream.call, action, args))

    async def subscribe(self, event: str) -> None:
        await reach(self._loop, partial(self._stream.subscribe, event))

    async def next_event(self) -> tuple[str, list[Any]]:
        return await reach(self._loop, self._stream.next_event)

    async def close(self) -> None:
        await reach(self._loop, self._stream.close)

    async def arrived(self) -> list[tuple[str, list[Any]]]:
        """Every event that has come by the time nothing moves any more."""
        return await reach(self._loop, self._take)

    async def _take(self) -> list[tuple[str, list[Any]]]:
        taken: list[tuple[str, list[Any]]] = []
        while True:
            await self._clock.settle()
            coming = self._clock.spawn(self._stream.next_event(), name="next event")
            await self._clock.settle()
            if not coming.done():
                coming.cancel()
                await asyncio.wait([coming])
                return taken
            if coming.exception() is not None and taken:
                return taken  # the connection has ended: who asks again is told
            taken.append(coming.result())
