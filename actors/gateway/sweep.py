"""Sweep: the safety net under Celery beat. Each node looks now and then for alarms that nobody has seen to.

One look-up by index where nothing is late. Started with the node of this process, it ends with it.
"""

from __future__ import annotations

import logging
import random
from typing import Final

from actors.clock import Clock
from actors.errors import ActorError
from actors.gateway.waking import Waking
from actors.logs import ALARMS_LATE, NOT_SWEPT, named
from actors.runtime.node import Node

LATE: Final = 5_000
"""Milliseconds that beat and its worker have, before a node takes it that one of them is down."""
SPREAD: Final = 0.5

logger = logging.getLogger("actors.gateway")


class Sweep:
    """`interval` in seconds, give or take half of it: nodes that started together do not look together."""

    def __init__(self, node: Node, waking: Waking, clock: Clock, interval: float) -> None:
        self._node = node
        self._waking = waking
        self._clock = clock
        self._interval = interval

    def start(self) -> None:
        wait = self._interval * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311 - no secret
        self._clock.call_later(wait, self._fire)

    def _fire(self) -> None:
        if not self._node.draining:
            self._clock.spawn(self._look(), name="sweep for late alarms")

    async def _look(self) -> None:
        try:
            while not self._node.draining and await self._claim():
                pass
        except ActorError as failure:
            NOT_SWEPT.say(logger, {"node_id": self._node.node_id, "error": named(failure)})
        self.start()

    async def _claim(self) -> bool:
        """Whether there was one late."""
        alarms = await self._waking.claim_late(LATE)
        if alarms:
            late = self._clock.now_ms() - min(alarm.due_at for alarm in alarms)
            fields = {"node_id": self._node.node_id, "count": len(alarms), "late_ms": late}
            ALARMS_LATE.say(logger, fields)
            await self._waking.wake(alarms)
        return bool(alarms)
