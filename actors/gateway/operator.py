"""Operator: what `manage.py actors` does to one actor, from a process that hosts none.

Its requests go to the actor's node, or to any that is alive, sealed as those between nodes are. Blocks the
thread of the caller: never for an event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, MutableMapping
from typing import Any, Final, TypeVar

from actors.errors import error
from actors.gateway.asking import Asker
from actors.gateway.forward import Call
from actors.gateway.orders_api import order_call
from actors.gateway.outside import Outside
from actors.gateway.platform import Platform
from actors.gateway.routes import url_of
from actors.gateway.tailing import Asked, Happening, hear
from actors.gateway.wire import error_in
from actors.protocol.urls import escape
from actors.storage.archive import Archive, Replaced
from actors.storage.store import Store

TIMEOUT: Final = 60.0
"""Seconds for a start or an end with all its hooks."""
LOOK_AGAIN: Final = 0.1
"""Seconds between two looks whether an actor has fallen asleep."""

T = TypeVar("T")


class Operator:
    """Raises ActorError: actor.not_found, guard.service_unavailable, or what the node answers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._outside = Outside(platform)
        self._query = f"namespace={escape(platform.config.namespace)}"

    def wake(self, actor_id: str) -> None:
        """Returns when it is awake."""
        self._ask(actor_id, Call("GET", url_of(f"/gateway/{actor_id}/health", "")))

    def order(self, actor_id: str, word: str) -> None:
        """An order of `actors.runtime.orders`: returns as it does. Wakes nobody."""
        self._ask(actor_id, order_call(self._platform.config, actor_id, word))

    def destroy(self, actor_id: str) -> None:
        """Returns when it is gone."""
        self._ask(actor_id, Call("DELETE", url_of(f"/actors/{actor_id}", self._query)))

    def happenings(self, of: str, known: MutableMapping[str, int]) -> list[Happening]:
        """What has happened to the actor of that id, or to actors of that class, since the last look.

        `known` is empty at first, and keeps between the looks how far each node has told. A node that does
        not answer is left out.
        """
        return self._run(self._happenings(of, known))

    def export(self, actor_id: str) -> Archive:
        """All that is stored of it at this moment. Wakes nobody."""
        return self._run(self._export(actor_id))

    def bring_in(self, archive: Archive, *, replacing: bool = False) -> None:
        """Store it, asleep. Raises actor.duplicate_key, unless it may replace the actor that is there."""
        self._run(self._bring_in(archive, replacing))

    async def _happenings(self, of: str, known: MutableMapping[str, int]) -> list[Happening]:
        nodes = await (await self._outside.store()).live_nodes()
        asker = Asker(self._outside.ask, self._platform.clock)
        told = await hear(asker, [(node, Asked(of, known.get(node.node_id))) for node in nodes])
        found: list[Happening] = []
        for node, heard in zip(nodes, told, strict=True):
            if heard is not None:
                known[node.node_id] = heard.number
                found += heard.happenings
        return sorted(found, key=lambda one: one.at)

    async def _export(self, actor_id: str) -> Archive:
        archive = await (await self._outside.store()).archives.read(actor_id)
        if archive is None:
            raise error("actor.not_found")
        return archive

    async def _bring_in(self, archive: Archive, replacing: bool) -> None:
        self._platform.registry.get(archive.name)
        store = await self._outside.store()
        there = await store.find(archive.name, archive.key)
        same_id = [record for record in await store.get([archive.actor_id]) if record.destroyed_at is None]
        there = there or next(iter(same_id), None)
        replaced = None
        if there is not None and replacing:
            await self._fall_asleep(store, there.actor_id)
            (there,) = await store.get([there.actor_id])
            replaced = Replaced(there.actor_id, there.generation)
        if not await store.archives.write(archive, self._platform.clock.now_ms(), replaced):
            existing = "" if there is None else there.actor_id
            raise error("actor.duplicate_key", key=archive.key, existing_actor_id=existing)

    async def _fall_asleep(self, store: Store, actor_id: str) -> None:
        """Returns when no node holds the actor."""
        if await store.locate(actor_id) is None:
            return
        await self._send(actor_id, order_call(self._platform.config, actor_id, "sleep"))
        async with self._platform.clock.timeout(TIMEOUT / 2):
            while await store.locate(actor_id) is not None:
                await self._platform.clock.sleep(LOOK_AGAIN)

    def _ask(self, actor_id: str, call: Call) -> None:
        self._run(self._send(actor_id, call))

    async def _send(self, actor_id: str, call: Call) -> None:
        answer = await self._outside.send(actor_id, call)
        if answer.status >= 400:
            raise error_in(answer)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._outside.loop()).result(TIMEOUT)
