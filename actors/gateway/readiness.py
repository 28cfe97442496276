"""`GET /ready`: whether this process should be sent work, and how what it stands on is doing.

Open to all, so it says names and whether they are well, and no more. However often it is asked, it looks at
most every RECENT seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from actors.errors import ActorError
from actors.gateway.dependencies import dependencies, examine
from actors.gateway.platform import Platform, current
from actors.gateway.responses import json_response

RECENT: Final = 2.0
ESSENTIAL: Final = frozenset({"node", "database"})


class Readiness:
    """What was found last. One for each process."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._found: Mapping[str, bool] = {}
        self._fresh_until = 0.0
        self._looking: asyncio.Task[None] | None = None

    async def look(self) -> Mapping[str, bool]:
        """Part by part, whether it is well. Those who ask together share one look."""
        if self._platform.clock.monotonic() >= self._fresh_until:
            if self._looking is None:
                self._looking = self._platform.clock.spawn(self._look(), name="actors-ready")
            await asyncio.shield(self._looking)
        return self._found

    async def _look(self) -> None:
        try:
            findings = await examine(dependencies(self._platform.store), self._platform.clock)
            found = {"node": await self._accepts(), **{finding.part: finding.well for finding in findings}}
            self._found, self._fresh_until = found, self._platform.clock.monotonic() + RECENT
        finally:
            self._looking = None

    async def _accepts(self) -> bool:
        try:
            await self._platform.ready()
        except ActorError:
            return False
        return True


_readiness: WeakKeyDictionary[Platform, Readiness] = WeakKeyDictionary()


@require_safe
async def ready(request: ASGIRequest) -> HttpResponse:
    """200 `ready`; 200 `degraded`: it serves, but something beside it is down; 503 `not_ready`."""
    platform = current()
    if platform.draining:
        return _answer({"node": False})
    readiness = _readiness.setdefault(platform, Readiness(platform))
    return _answer(await readiness.look())


def _answer(found: Mapping[str, bool]) -> HttpResponse:
    serves = all(well for part, well in found.items() if part in ESSENTIAL)
    status = "not_ready" if not serves else "ready" if all(found.values()) else "degraded"
    body: dict[str, Any] = {"status": status, "checks": dict(found)}
    return json_response(body, 200 if serves else 503)
