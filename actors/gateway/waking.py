"""Waking: claims the alarms that are due and has their actors woken, each at a node. Starts no actor itself.

Called by Celery's wake task and by the sweep of a node. Any number of callers share the work: each alarm goes
to one of them. What fails needs no second try here, because the alarm comes again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from actors.clock import Clock
from actors.errors import ActorError
from actors.gateway.forward import JSON, Call, Forwarder, Unreachable
from actors.gateway.routes import url_of
from actors.logs import NO_NODE
from actors.storage.alarms import LEAD, DueAlarm
from actors.storage.store import Store, StoreInterrupted

PATH: Final = "/actors/wake"
BATCH: Final = 200
"""Alarms of one claim: enough to be fast, few enough to be woken well within WAKE_LEASE."""
BODY_LIMIT: Final = 64 * 1024


class Left(msgspec.Struct):
    """What a node answers: the alarms, as they were sent, that it takes no more."""

    left: list[tuple[str, int]]


Wake = Callable[[Sequence[DueAlarm]], Coroutine[Any, Any, Sequence[DueAlarm]]]

logger = logging.getLogger("actors.gateway")


@dataclass(frozen=True, slots=True)
class Waking:
    """`here` wakes at the node of this process, if it is one; others are reached through `forwarder`."""

    store: Store
    forwarder: Forwarder
    clock: Clock
    here: Wake | None = None

    async def due(self) -> int:
        """Have all woken that are due within LEAD, each in its time. Returns how many.

        What comes meanwhile is the next task's. Raises storage.unavailable.
        """
        woken, full = 0, True
        while full:
            alarms = await self._claim(self.clock.now_ms() + LEAD)
            await self.wake(alarms)
            woken, full = woken + len(alarms), len(alarms) == BATCH
        return woken

    async def claim_late(self, late: int) -> Sequence[DueAlarm]:
        """The next batch of those that have been due for `late` milliseconds. Raises storage.unavailable."""
        return await self._claim(self.clock.now_ms(), late)

    async def _claim(self, now: int, late: int = 0) -> Sequence[DueAlarm]:
        try:
            return await self.store.alarms.claim(now, late=late, limit=BATCH)
        except StoreInterrupted:
            return ()  # what was claimed comes again

    async def wake(self, alarms: Sequence[DueAlarm]) -> None:
        """Return when their nodes have woken them, or have been given time to. Raises storage.unavailable."""
        bound: dict[str, list[DueAlarm]] = {}
        for alarm in alarms:
            if alarm.address is not None:
                bound.setdefault(alarm.address, []).append(alarm)
        free = [alarm for alarm in alarms if alarm.address is None]
        # Where sockets wait nobody else can wake their actor.
        asking: list[Coroutine[Any, Any, object]] = []
        asking += [self._ask([address], lot) for address, lot in bound.items()]
        if free and self.here is not None:
            asking.append(self.here(free))
        elif free:
            asking += await self._spread(free)
        await asyncio.gather(*asking)

    async def _spread(self, alarms: Sequence[DueAlarm]) -> list[Coroutine[Any, Any, None]]:
        """Over all living nodes, each with the others in reserve."""
        addresses = [node.address for node in await self.store.live_nodes()]
        random.shuffle(addresses)
        if not addresses:
            NO_NODE.say(logger, {"count": len(alarms)})
        return [
            self._ask(addresses[number:] + addresses[:number], lot)
            for number in range(len(addresses))
            if (lot := alarms[number :: len(addresses)])
        ]

    async def _ask(self, addresses: Sequence[str], alarms: Sequence[DueAlarm]) -> None:
        left = [(alarm.actor_id, alarm.due_at) for alarm in alarms]
        for address in addresses:
            call = Call("POST", url_of(PATH, ""), JSON, msgspec.json.encode(left))
            try:
                answer = await self.forwarder.send(address, call, hops=1)
            except Unreachable:
                continue
            except ActorError:
                return  # it may have begun
            if answer.status == 200:
                left = msgspec.json.decode(answer.body, type=Left).left
            if not left:
                return
        NO_NODE.say(logger, {"count": len(left)})
