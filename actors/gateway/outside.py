"""Handle calls in a process that hosts no node: over HTTP to the actor's owner, or to any node that is alive.

The directory is read from the database. One background thread with an event loop serves all threads of the
process.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from typing import Any, Final

from actors.api.transport import Target
from actors.errors import error
from actors.gateway.forward import Answer, Call, Forwarder
from actors.gateway.parcels import Parcel
from actors.gateway.platform import Platform
from actors.gateway.resolve import new_actor
from actors.gateway.routes import url_of
from actors.gateway.waking import Waking
from actors.gateway.wire import HEADERS, Arguments, creating_target, output_of, param_headers
from actors.protocol.keys import serialize_key
from actors.protocol.urls import escape
from actors.storage.store import NodeRecord, Store

CLOSE_TIMEOUT: Final = 2.0
"""Seconds that the end of a process may wait for its connections."""


class Outside:
    """All methods but `loop` run on that loop."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._lock = threading.Lock()
        self._pid = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._forwarder = Forwarder(platform.config, platform.clock)
        self._store: Store | None = None
        self._opening: asyncio.Task[Store] | None = None

    def loop(self) -> asyncio.AbstractEventLoop:
        """The background loop, started by the first call; anew in a forked process, which has no threads."""
        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                self._pid = os.getpid()
                self._loop = asyncio.new_event_loop()
                self._forwarder = Forwarder(self._platform.config, self._platform.clock)
                self._store = self._opening = None
                threading.Thread(target=self._loop.run_forever, name="actors-transport", daemon=True).start()
                atexit.register(self._end, self._loop)
            return self._loop

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        """At the end of the process: give connections back in order."""
        if loop is self._loop and self._pid == os.getpid():
            asyncio.run_coroutine_threadsafe(self._close(), loop).result(CLOSE_TIMEOUT)
            loop.call_soon_threadsafe(loop.stop)

    async def _close(self) -> None:
        await self._forwarder.close()
        if self._store is not None:
            await self._store.close()

    async def call(self, target: Target, action: str, args: Arguments) -> Any:
        return output_of(await self._ask_for(target, f"action/{escape(action)}", args.body))

    async def post(self, target: Target, parcel: Parcel) -> Any:
        """A message into a queue; see `actors.api.transport.Transport`."""
        return parcel.response_of(await self._ask_for(target, f"queue/{escape(parcel.queue)}", parcel.body))

    async def _ask_for(self, target: Target, path: str, body: bytes) -> Answer:
        headers = {**HEADERS, **param_headers(target, self._platform.config)}
        actor_id = await self.resolve(target)
        call = Call("POST", url_of(f"/gateway/{actor_id}/{path}", ""), headers, body)
        return await self.send(actor_id, call)

    async def resolve(self, target: Target) -> str:
        """The id; the actor is made in the directory if the target says so, and started by its first call."""
        store = await self.store()
        if target.method in ("create", "get_or_create"):
            new = new_actor(self._platform, creating_target(target, self._platform.config))
            if target.method == "create":
                return (await store.create(new)).actor_id
            return (await store.get_or_create(new))[0].actor_id
        if target.method == "for_id":
            return target.actor_id or ""
        record = await store.find(target.name, serialize_key(target.key))
        if record is None:
            raise error("actor.not_found")
        return record.actor_id

    async def wake_due(self) -> int:
        """Have the actors woken whose alarms are due. Raises storage.unavailable."""
        return await Waking(await self.store(), self._forwarder, self._platform.clock).due()

    async def store(self) -> Store:
        """The store, opened once for all callers, also where the first of them gives up meanwhile."""
        if self._store is not None:
            return self._store
        if self._opening is None:
            self._opening = self._platform.clock.spawn(self._open(), name="actors-store")
        return await asyncio.shield(self._opening)

    async def _open(self) -> Store:
        try:
            store = self._platform.open_store()
            await store.open()
            self._forwarder.pool()  # now: it keeps the loop busy for a while
            self._store = store
            return store
        finally:
            self._opening = None

    async def send(self, actor_id: str, call: Call) -> Answer:
        """To the owner first, then to each live node: the one that takes the call finds the way."""
        store = await self.store()
        owner = await store.locate(actor_id)
        answer = None if owner is None else await self.ask(owner, call)
        if answer is not None:
            return answer
        for node in await store.live_nodes():
            answer = await self.ask(node, call)
            if answer is not None:
                return answer
        raise error(
            "guard.service_unavailable", "No node is running: start one with `manage.py actors serve`."
        )

    async def ask(self, node: NodeRecord, call: Call) -> Answer | None:
        """The node's answer; None if it did not take the call."""
        return await self._forwarder.ask(node.address, call, hops=0)
