"""Membership: this process's place among the nodes. After a lost lease it joins again, under a new id.

Used by the node alone. It claims actors but never touches one: `on_lost` is where the node stops them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol
from uuid import uuid4

from actors.errors import ActorError, error
from actors.logs import CANNOT_JOIN, CANNOT_LEAVE, JOINED, LEASE_LOST, LEFT, named
from actors.runtime.deadlines import Deadlines
from actors.runtime.definition import ActorDefinition
from actors.runtime.releases import Releases
from actors.runtime.surroundings import Fixtures, Surroundings
from actors.runtime.warnings import LimitedWarnings
from actors.storage.directory import Directory, Loss, Vitals, silent
from actors.storage.store import ClaimRequest, ClaimResult, NodeRecord, StoreInterrupted

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0

logger = logging.getLogger(__name__)


class NodeLimits(Protocol):
    """The settings that a node needs: `actors.conf.NodeConfig` has them. Seconds."""

    @property
    def heartbeat_interval(self) -> float: ...
    @property
    def lease_duration(self) -> float: ...
    @property
    def ready_timeout(self) -> float: ...
    @property
    def expose_errors(self) -> bool: ...


class Membership:
    """`surroundings` is what new actors get; None while this node is not a member."""

    __slots__ = (
        "_clock",
        "_deadlines",
        "_directory",
        "_fixtures",
        "_left",
        "_limits",
        "_on_lost",
        "_rejoined",
        "_warnings",
        "node",
        "surroundings",
        "vitals",
    )

    def __init__(self, node: NodeRecord, limits: NodeLimits, fixtures: Fixtures) -> None:
        self.node = node
        self.surroundings: Surroundings | None = None
        self.vitals: Vitals = silent
        self._limits = limits
        self._fixtures = fixtures
        self._clock = fixtures.clock
        self._deadlines: dict[str, Deadlines] = {}
        self._warnings = LimitedWarnings(fixtures.clock)
        self._directory: Directory | None = None
        self._on_lost: Callable[[], None]
        self._rejoined: asyncio.Future[None] | None = None
        self._left = False

    async def join(self, on_lost: Callable[[], None]) -> None:
        """Become a member. `on_lost` is called each time the lease is lost. Raises storage.unavailable."""
        self._on_lost = on_lost
        await self._join()

    async def claim(self, request: ClaimRequest) -> tuple[ClaimResult, Surroundings]:
        """Ask the directory, once this node is a member. Raises actor.restarting if the lease went."""
        if self._rejoined is not None:
            await asyncio.shield(self._rejoined)
        directory, surroundings = self._directory, self.surroundings
        if directory is None or surroundings is None:
            raise error("guard.service_unavailable")
        result = await directory.claim(request)
        if self.surroundings is not surroundings:
            raise error("actor.restarting")
        return result, surroundings

    async def tell(self) -> None:
        """As `Directory.tell`, while this node is a member."""
        if self._directory is not None:
            await self._directory.tell()

    async def leave(self) -> None:
        """Give everything back and stop trying to be a member."""
        self._left = True
        self.surroundings = None
        if self._rejoined is not None and not self._rejoined.done():
            self._rejoined.set_result(None)
        await self._leave()

    # -- joining -------------------------------------------------------------------------------------
    async def _join(self) -> None:
        limits, fixtures = self._limits, self._fixtures
        directory = Directory(
            fixtures.store,
            fixtures.clock,
            self.node,
            limits.heartbeat_interval,
            limits.lease_duration,
            self.vitals,
        )
        await directory.join(self._lost)
        JOINED.say(logger, {"node_id": self.node.node_id, "address": self.node.address})
        self._directory = directory
        self.surroundings = Surroundings(
            clock=fixtures.clock,
            store=fixtures.store,
            committer=fixtures.committer,
            kv=fixtures.kv,
            queues=fixtures.queues,
            schedules=fixtures.schedules,
            lease=directory.lease,
            releases=Releases(fixtures.store, fixtures.clock),
            deadlines=self._deadlines_of,
            warnings=self._warnings,
            parking=fixtures.parking,
            measurements=fixtures.measurements,
            expose_errors=limits.expose_errors,
        )

    def _deadlines_of(self, definition: ActorDefinition) -> Deadlines:
        deadlines = self._deadlines.get(definition.name)
        if deadlines is None:
            timeout = definition.options.action_timeout
            deadlines = self._deadlines[definition.name] = Deadlines(self._clock, timeout)
        return deadlines

    # -- losing the lease ----------------------------------------------------------------------------
    def _lost(self, why: Loss) -> None:
        LEASE_LOST.say(logger, {"node_id": self.node.node_id, "reason": why.value})
        self.surroundings = None
        self._rejoined = asyncio.get_running_loop().create_future()
        self._on_lost()
        self._clock.spawn(self._rejoin(self._rejoined), name="node rejoin")

    async def _rejoin(self, rejoined: asyncio.Future[None]) -> None:
        await self._leave()
        pause = FIRST_PAUSE
        while not self._left:
            self.node = NodeRecord(uuid4().hex, self.node.address)
            try:
                await self._join()
            except (ActorError, StoreInterrupted) as failure:
                CANNOT_JOIN.say(logger, {"node_id": self.node.node_id, "error": named(failure)})
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            if self._left:  # while we were joining
                self.surroundings = None
                await self._leave()
            elif not rejoined.done():
                self._rejoined = None
                rejoined.set_result(None)
            return

    async def _leave(self) -> None:
        """Best effort: what the database keeps of us ends with the lease anyway."""
        directory, self._directory = self._directory, None
        if directory is not None:
            try:
                await directory.leave()
            except (ActorError, StoreInterrupted) as failure:
                CANNOT_LEAVE.say(logger, {"node_id": self.node.node_id, "error": named(failure)})
            else:
                LEFT.say(logger, {"node_id": self.node.node_id})
