"""Operator: what `manage.py actors` does to one actor, from a process that hosts none.

Its requests go to the actor's node, or to any that is alive, sealed as those between nodes are. Blocks the
thread of the caller: never for an event loop.
"""

from __future__ import annotations

import asyncio
from typing import Final

from actors.gateway.forward import Call
from actors.gateway.outside import Outside
from actors.gateway.platform import Platform
from actors.gateway.routes import url_of
from actors.gateway.wire import error_in
from actors.protocol.urls import escape

TIMEOUT: Final = 60.0
"""Seconds for a start or an end with all its hooks."""


class Operator:
    """Raises ActorError: actor.not_found, guard.service_unavailable, or what the node answers."""

    def __init__(self, platform: Platform) -> None:
        self._outside = Outside(platform)
        self._query = f"namespace={escape(platform.config.namespace)}"

    def wake(self, actor_id: str) -> None:
        """Returns when it is awake."""
        self._ask(actor_id, Call("GET", url_of(f"/gateway/{actor_id}/health", "")))

    def sleep(self, actor_id: str) -> None:
        """Returns when it has been told; it may finish what it is doing."""
        url = url_of(f"/actors/{actor_id}/sleep", self._query)
        self._ask(actor_id, Call("POST", url, {b"content-type": b"application/json"}, b"{}"))

    def destroy(self, actor_id: str) -> None:
        """Returns when it is gone."""
        self._ask(actor_id, Call("DELETE", url_of(f"/actors/{actor_id}", self._query)))

    def _ask(self, actor_id: str, call: Call) -> None:
        work = self._outside.send(actor_id, call)
        answer = asyncio.run_coroutine_threadsafe(work, self._outside.loop()).result(TIMEOUT)
        if answer.status >= 400:
            raise error_in(answer)
