"""QueueStage: messages that an atomic block puts in or completes, not stored yet. For `QueueRows` only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from actors.errors import error
from actors.runtime.identity import Identity
from actors.storage.alarms import AlarmChange
from actors.storage.queue import Bodies, MessagePut, QueueWrite


class QueueStage:
    """See `block.Staged`."""

    __slots__ = ("_alarm", "_answers", "_at_rest", "_drops", "_identity", "_puts")

    def __init__(self, identity: Identity, at_rest: Callable[[], Awaitable[None]]) -> None:
        self._identity = identity
        self._at_rest = at_rest
        self._alarm: AlarmChange | None = None
        self._puts: list[MessagePut] = []
        self._drops: list[int] = []
        self._answers: list[asyncio.Future[Bodies]] = []

    def add(
        self, puts: Sequence[MessagePut], drops: Sequence[int], alarm: AlarmChange | None
    ) -> asyncio.Future[Bodies]:
        """Done once the block is durable; fails with atomic.rolled_back. The last alarm counts."""
        self._alarm = alarm or self._alarm
        self._puts += puts
        self._drops += drops
        answer: asyncio.Future[Bodies] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        return answer

    @property
    def size(self) -> int:
        return sum(len(put.body) for put in self._puts)

    async def at_rest(self) -> None:
        await self._at_rest()

    def write(self) -> QueueWrite:
        identity = self._identity
        return QueueWrite(identity.actor_id, identity.generation, self._puts, (), self._drops, self._alarm)

    def settle(self, *, durable: bool) -> None:
        for answer in self._answers:
            if durable:
                answer.set_result({})
            else:
                answer.set_exception(error("atomic.rolled_back"))
                answer.exception()  # who sent it is told by the block itself
