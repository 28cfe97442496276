"""`GET /ready`: whether this process should be sent work, and how what it stands on is doing.

Open to all, so it says names and whether they are well, and no more. However often it is asked, it looks
every two seconds at most.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from actors.errors import ActorError
from actors.gateway.dependencies import found_lately
from actors.gateway.platform import Platform, current
from actors.gateway.recent import Recent
from actors.gateway.responses import json_response

ESSENTIAL: Final = frozenset({"node", "database"})


_found: WeakKeyDictionary[Platform, Recent[Mapping[str, bool]]] = WeakKeyDictionary()


@require_safe
async def ready(request: ASGIRequest) -> HttpResponse:
    """200 `ready`; 200 `degraded`: it serves, but something beside it is down; 503 `not_ready`."""
    platform = current()
    if platform.draining:
        return _answer({"node": False})
    recent = _found.setdefault(platform, Recent())
    return _answer(await recent.get(partial(_look, platform), platform.clock))


async def _look(platform: Platform) -> Mapping[str, bool]:
    """Part by part, whether it is well."""
    findings = await found_lately(platform)
    return {"node": await _accepts(platform), **{finding.part: finding.well for finding in findings}}


async def _accepts(platform: Platform) -> bool:
    try:
        await platform.ready()
    except ActorError:
        return False
    return True


def _answer(found: Mapping[str, bool]) -> HttpResponse:
    serves = all(well for part, well in found.items() if part in ESSENTIAL)
    status = "not_ready" if not serves else "ready" if all(found.values()) else "degraded"
    body: dict[str, Any] = {"status": status, "checks": dict(found)}
    return json_response(body, 200 if serves else 503)
