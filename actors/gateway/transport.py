"""The transport behind handles: `ChatRoom.actors.get("lobby").history()` from anywhere in the project.

In a process with a node calls go to the runtime on the node's loop, from other threads too; in one without
(shell, Celery worker) they go over HTTP. Arguments and results cross as CBOR, so caller and actor never share
an object.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from actors.api.transport import EventStream, Target
from actors.errors import error
from actors.gateway.inside import Inside
from actors.gateway.outbox import Outbox, write_by_django
from actors.gateway.outside import Outside
from actors.gateway.parcels import Parcel
from actors.gateway.platform import Platform
from actors.gateway.relay import relay_calls
from actors.gateway.wire import Arguments
from actors.runtime.deliveries import Delivery

T = TypeVar("T")


class PlatformTransport:
    """`actors.api.transport.Transport` over the platform of this process."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._inside = Inside(platform)
        self._outside = Outside(platform)
        self._outbox = Outbox(platform, write_by_django)
        relay_calls(platform)

    async def call(self, target: Target, action: str, args: Sequence[Any]) -> Any:
        return await self._run(self._call(target, action, self._arguments(args)))

    def call_blocking(self, target: Target, action: str, args: Sequence[Any], timeout: float) -> Any:
        return self._block(self._call(target, action, self._arguments(args)), timeout)

    async def send(self, target: Target, delivery: Delivery) -> Any:
        return await self._run(self._send(target, self._parcel(delivery)))

    def send_blocking(self, target: Target, delivery: Delivery, timeout: float) -> Any:
        return self._block(self._send(target, self._parcel(delivery)), timeout)

    def call_on_commit(self, target: Target, action: str, args: Sequence[Any]) -> None:
        self._outbox.call(target, action, args)

    def send_on_commit(self, target: Target, delivery: Delivery) -> None:
        self._outbox.send(target, delivery)

    async def resolve(self, target: Target) -> str:
        return await self._run(self._resolve(target))

    def resolve_blocking(self, target: Target, timeout: float) -> str:
        return self._block(self._resolve(target), timeout)

    def wake_due_blocking(self, timeout: float) -> int:
        """Celery's wake task: returns how many alarms were due. Raises storage.unavailable, TimeoutError."""
        return self._block(self._wake_due(), timeout)

    async def connect(self, target: Target) -> EventStream:
        """In the node's own process and loop only."""
        if self._platform.loop is not asyncio.get_running_loop():
            raise error("guard.not_available", feature="A lasting connection from another process or thread")
        return await self._inside.connect(target)

    async def _call(self, target: Target, action: str, args: Arguments) -> Any:
        return await self._side().call(target, action, args)

    async def _wake_due(self) -> int:
        return await self._side().wake_due()

    async def _send(self, target: Target, parcel: Parcel) -> Any:
        return await self._side().post(target, parcel)

    async def _resolve(self, target: Target) -> str:
        return await self._side().resolve(target)

    def _arguments(self, args: Sequence[Any]) -> Arguments:
        return Arguments(args, self._platform.config.max_incoming_message)

    def _parcel(self, delivery: Delivery) -> Parcel:
        return Parcel(delivery, self._platform.config.max_incoming_message)

    def _side(self) -> Inside | Outside:
        return self._outside if self._platform.loop is None else self._inside

    def _home(self) -> asyncio.AbstractEventLoop:
        """The loop that does the work: the server's, where this process serves."""
        return self._platform.loop or self._outside.loop()

    async def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do `work` on the loop it belongs to and wait for it on the caller's."""
        home = self._home()
        if home is asyncio.get_running_loop():
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, home))

    def _block(self, work: Coroutine[Any, Any, T], timeout: float) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._home())
        try:
            return future.result(timeout)
        except concurrent.futures.TimeoutError:
            future.cancel()
            raise TimeoutError(f"no answer within {timeout} s") from None
