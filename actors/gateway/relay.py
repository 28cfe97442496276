"""Relay: takes calls out of the outbox and has them delivered. Each node has one; they share the work.

Claims when it hears of a commit, when a call is to be tried again, and now and then: a node may have died
with calls in its hand. Calls to one actor go one after the other, those to several at once. Idle it costs one
connection that listens, and one look-up by index each `sweep_interval`.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable
from typing import Final

from actors.clock import Clock
from actors.errors import ERRORS, ActorError, error, is_retried, sanitize
from actors.gateway.delivering import deliver
from actors.gateway.platform import Platform
from actors.logs import NOT_DELIVERED, NOT_RELAYED, OUTBOX_FAILED, named
from actors.runtime.measures import Measures
from actors.runtime.node import Node
from actors.storage.outbox import LEASE, PAUSED, OutboxCall, OutboxMark, OutboxRow
from actors.storage.store import StoreInterrupted
from actors.storage.text import clean

MOST_LINES: Final = 64
"""Actors that one node delivers to at a time."""
MOST_ATTEMPTS: Final = 10
LONGEST_PAUSE: Final = 60.0
BUSY_PAUSE: Final = 2.0
"""Seconds until a call is tried again that has not even begun: that counts as no attempt."""
RENEWAL: Final = LEASE / 3000
"""Seconds."""
PAUSED_PAUSE: Final = 15.0
"""Seconds until it is looked again whether an actor is paused; whoever lets it go on has it done at once."""
LONGEST_ERROR: Final = 1_000
SPREAD: Final = 0.5

Deliver = Callable[[OutboxRow], Awaitable[None]]

logger = logging.getLogger("actors.gateway")


def relay_calls(platform: Platform) -> None:
    """From now on each node that this process starts delivers calls of the outbox."""
    platform.accompany(lambda node: Relay(node, platform).start())


class Relay:
    """Ends with its node, at whose drain it takes nothing more."""

    def __init__(self, node: Node, platform: Platform) -> None:
        self._node = node
        self._platform = platform
        self._clock: Clock = platform.clock
        self._asked = False
        self._claiming = False
        self._lines = 0
        self._renewing = False
        self._in_hand: set[int] = set()

    def start(self) -> None:
        """Look at once, and again and again."""
        self._sweep()

    # -- claiming ------------------------------------------------------------------------------------
    def _sweep(self) -> None:
        if not self._node.draining:
            self._clock.spawn(self._listen(), name="outbox listening")
            interval = self._platform.config.sweep_interval
            wait = interval * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311 - no secret
            self._clock.call_later(wait, self._sweep)

    async def _listen(self) -> None:
        try:
            await self._node.store.outbox.listen(self.wake)
        except ActorError as failure:
            self._say(failure)
        self.wake()

    def wake(self) -> None:
        """Calls may be due."""
        self._asked = True
        if not (self._claiming or self._node.draining):
            self._claiming = True
            self._clock.spawn(self._claim(), name="outbox claim")

    async def _claim(self) -> None:
        try:
            while self._asked and not self._node.draining and self._lines < MOST_LINES:
                self._asked = False
                room = MOST_LINES - self._lines
                rows = await self._node.store.outbox.claim(self._clock.now_ms(), room)
                self._asked = self._asked or len(rows) == room
                for row in rows:
                    self._begin(row)
        except (ActorError, StoreInterrupted) as failure:
            self._say(failure)
            self._clock.call_later(BUSY_PAUSE, self.wake)
        finally:
            self._claiming = False

    # -- delivering ----------------------------------------------------------------------------------
    def _begin(self, row: OutboxRow) -> None:
        self._lines += 1
        if not self._renewing:
            self._renewing = True
            self._clock.call_later(RENEWAL, self._renew)
        self._clock.spawn(self._line(row), name="outbox delivery")

    async def _line(self, first: OutboxRow) -> None:
        """One call after the other, all to one actor."""
        row: OutboxRow | None = first
        try:
            while row is not None:
                self._in_hand.add(row.row_id)
                try:
                    over = await self._try(row)
                finally:
                    self._in_hand.discard(row.row_id)
                row = await self._follow(row.call) if over and not self._node.draining else None
        finally:
            self._lines -= 1
            if self._asked:
                self.wake()

    async def _follow(self, call: OutboxCall) -> OutboxRow | None:
        try:
            return await self._node.store.outbox.follow(call, self._clock.now_ms())
        except (ActorError, StoreInterrupted) as failure:
            self._say(failure)
            return None

    async def _try(self, row: OutboxRow) -> bool:
        """Whether the next one may pass."""
        try:
            if row.paused:  # and may sleep: whoever asked it would wake it
                raise error("actor.paused")
            await deliver(self._platform, row)
        except Exception as failure:
            refusal = failure if isinstance(failure, ActorError) else sanitize(failure)
            return await self._failed(row, refusal)
        measures = self._measures(row.call)
        if measures is not None:
            measures.delivered((self._clock.now_ms() - row.call.created_at) / 1000)
        return True

    def _measures(self, call: OutboxCall) -> Measures | None:
        """None for a class that this process does not know, perhaps not yet."""
        known = call.name in self._platform.registry
        return self._platform.measurements.of(call.name) if known else None

    async def _failed(self, row: OutboxRow, refusal: ActorError) -> bool:
        attempts = row.attempts + (not is_busy(refusal))
        over = attempts >= MOST_ATTEMPTS or refusal.group == "user"
        pause = _pause(attempts) if attempts > row.attempts else _wait(refusal)
        now = self._clock.now_ms()
        text = str(clean(f"{refusal.name}: {refusal.message}"))[:LONGEST_ERROR]
        if refusal.name != PAUSED:  # that is as somebody wants it
            self._tell(row.call, over, attempts, text)
        mark = OutboxMark(row.row_id, attempts, now + round(pause * 1000), text, now if over else None)
        try:
            await self._node.store.outbox.mark(mark)
        except (ActorError, StoreInterrupted) as failure:
            self._say(failure)  # its lease runs out
            return False
        if not over:
            self._clock.call_later(pause, self.wake)
        return over

    def _tell(self, call: OutboxCall, over: bool, attempts: int, text: str) -> None:
        event = OUTBOX_FAILED if over else NOT_DELIVERED
        about = {"actor_name": call.name, "actor_key": call.key, "member": call.member}
        event.say(logger, {**about, "attempts": attempts, "error": text})
        measures = self._measures(call)
        if measures is not None:
            measures.undelivered(over)

    # -- leases --------------------------------------------------------------------------------------
    def _renew(self) -> None:
        self._renewing = self._lines > 0
        if self._renewing:
            self._clock.call_later(RENEWAL, self._renew)
            self._clock.spawn(self._prolong(), name="outbox renewal")

    async def _prolong(self) -> None:
        try:
            await self._node.store.outbox.renew(sorted(self._in_hand), self._clock.now_ms())
        except (ActorError, StoreInterrupted) as failure:
            self._say(failure)

    def _say(self, failure: Exception) -> None:
        NOT_RELAYED.say(logger, {"node_id": self._node.node_id, "error": named(failure)})


def _pause(attempts: int) -> float:
    return float(min(2.0 ** (attempts - 1), LONGEST_PAUSE))


def _wait(refusal: ActorError) -> float:
    """How long for one that is busy."""
    return PAUSED_PAUSE if refusal.name == PAUSED else BUSY_PAUSE


def is_busy(refusal: ActorError) -> bool:
    """Whether the call has not begun, and will be welcome later."""
    if refusal.name == "actor.not_found":
        return False
    kind = ERRORS.get(refusal.name)
    return is_retried(refusal) or refusal.name == "queue.full" or (kind is not None and kind.status == 503)
