"""Rousing: wakes actors of one node when their alarms are due. Called by whoever has claimed them.

What cannot be woken is said and left: its alarm comes again by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from actors.clock import Clock
from actors.errors import ActorError, sanitize
from actors.logs import NOT_ROUSED
from actors.runtime.calls import current
from actors.runtime.measures import Measurements
from actors.runtime.task import ActorTask
from actors.runtime.warnings import LimitedWarnings
from actors.storage.alarms import DueAlarm
from actors.storage.store import ActorRecord, ClaimRequest, HeldElsewhere, Store

Ensure = Callable[[ClaimRequest, tuple[str, str]], Awaitable[ActorTask | HeldElsewhere]]

logger = logging.getLogger(__name__)


class Rousing:
    """`ensure` is the node's."""

    __slots__ = ("_clock", "_ensure", "_measurements", "_store", "_warnings")

    def __init__(self, store: Store, clock: Clock, measurements: Measurements, ensure: Ensure) -> None:
        self._store = store
        self._clock = clock
        self._measurements = measurements
        self._ensure = ensure
        self._warnings = LimitedWarnings(clock)

    async def wake(self, alarms: Sequence[DueAlarm]) -> Sequence[DueAlarm]:
        """Return when each actor is awake, here or elsewhere, or has failed; none is woken before it is due.

        Returns those left for another node, because this one has begun to drain. Raises storage.unavailable.
        """
        due = {alarm.actor_id: alarm for alarm in alarms}
        records = await self._store.get(list(due))
        # Whoever brings the alarms does not wait for an actor as a caller does.
        current.set(None)
        waking = [
            self._clock.spawn(self._wake(record, due[record.actor_id].due_at), name="wake by an alarm")
            for record in records
            if record.destroyed_at is None
        ]
        left = await asyncio.gather(*waking)
        return [due[actor_id] for actor_id in left if actor_id is not None]

    async def _wake(self, record: ActorRecord, due_at: int) -> str | None:
        """The id again if this node takes it no more."""
        try:
            await self._until(due_at)
            found = await self._ensure(ClaimRequest(actor_id=record.actor_id), (record.name, record.key))
            if isinstance(found, ActorTask):
                self._measurements.of(record.name).woken((self._clock.now_ms() - due_at) / 1000)
                await found.rouse()
        except Exception as failure:
            refusal = failure if isinstance(failure, ActorError) else sanitize(failure)
            if refusal.name == "guard.service_unavailable":
                return record.actor_id
            fields: dict[str, object] = {
                "actor_id": record.actor_id,
                "actor_name": record.name,
                "error": refusal.name,
            }
            self._warnings.warn(logger, NOT_ROUSED, record.actor_id, fields)
        return None

    async def _until(self, due_at: int) -> None:
        while (left := due_at - self._clock.now_ms()) > 0:  # a timer may ring a little early
            await self._clock.sleep(left / 1000)
