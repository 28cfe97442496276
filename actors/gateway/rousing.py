"""The door by which a wake task reaches this node: `POST /actors/wake` with the alarms that it is to see to.

Open to the platform's own processes alone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from actors.errors import error
from actors.gateway.entry import read_body
from actors.gateway.records import ApiRequest
from actors.gateway.waking import BODY_LIMIT
from actors.storage.alarms import DueAlarm

PATIENCE: Final = 5.0
"""Seconds after which the answer waits no longer for slow actors: the task has others to see to."""


async def wake(request: ApiRequest) -> Any:
    """Answers with those `left` for another node. Raises api.forbidden, guard.service_unavailable."""
    platform = request.platform
    if request.seal is None:
        raise error("api.forbidden")
    body = await read_body(request.http, BODY_LIMIT, request.seal)
    node = await platform.ready()
    alarms = [DueAlarm(*item) for item in msgspec.json.decode(body, type=list[tuple[str, int]])]
    waking = platform.clock.spawn(node.rousing.wake(alarms), name="actors-wake")
    left: Sequence[DueAlarm] = ()
    with contextlib.suppress(TimeoutError):
        async with platform.clock.timeout(PATIENCE):
            left = await asyncio.shield(waking)
    return {"left": [(alarm.actor_id, alarm.due_at) for alarm in left]}
