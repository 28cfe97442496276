"""The archive part of the Store in memory. Used by `MemoryStore`; no awaits, so each call is atomic."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from actors.storage.alarms import AlarmChange
from actors.storage.alarms_memory import Alarms
from actors.storage.archive import Archive, ArchivedQueue, Replaced
from actors.storage.kv_memory import Keys
from actors.storage.queue_memory import Messages
from actors.storage.schedules import ScheduleContents
from actors.storage.schedules_memory import Schedules
from actors.storage.store import ActorRecord
from actors.storage.text import check_text


class Row(Protocol):
    """What is read of an actor."""

    record: ActorRecord
    input: bytes | None
    state: bytes | None
    revision: int


class Server(Protocol):
    """The part of `MemoryDatabase` that is needed here."""

    kv: dict[str, Keys]
    queues: dict[str, Messages]
    schedules: dict[str, Schedules]
    alarms: Alarms

    def live_row(self, actor_id: str) -> Row | None: ...

    def destroy(self, actor_id: str, generation: int | None, destroyed_at: int) -> bool: ...

    def free_for(self, archive: Archive, replaced: Replaced | None) -> bool: ...

    def restore(self, archive: Archive, now: int) -> int: ...


class MemoryArchives:
    """See `ArchiveStore`."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def read(self, actor_id: str) -> Archive | None:
        row = self._server.live_row(actor_id)
        if row is None:
            return None
        record = row.record
        return Archive(
            actor_id,
            record.name,
            record.key,
            record.crash_policy,
            row.input,
            record.created_at,
            record.started_at,
            row.revision,
            row.state,
            [entry for _, entry in sorted(self._server.kv.get(actor_id, {}).items())],
            self._queue(actor_id),
            self._schedules(actor_id),
        )

    def _queue(self, actor_id: str) -> ArchivedQueue | None:
        queue = self._server.queues.get(actor_id)
        if queue is None:
            return None
        rows = [row for _, row in sorted(queue.rows.items())]
        return ArchivedQueue(queue.last_id, self._server.alarms.due_at(actor_id, "queue"), rows)

    def _schedules(self, actor_id: str) -> ScheduleContents | None:
        held = self._server.schedules.get(actor_id)
        if held is None:
            return None
        return replace(held.contents(), runs=[run for _, run in sorted(held.runs.items())])

    async def write(self, archive: Archive, now: int, replaced: Replaced | None = None) -> bool:
        check_text(archive.actor_id, archive.name, archive.key, archive.crash_policy)
        server, actor_id = self._server, archive.actor_id
        if not server.free_for(archive, replaced):
            return False
        if replaced is not None:
            server.destroy(replaced.actor_id, replaced.generation, now)
        generation = server.restore(archive, now)
        server.kv[actor_id] = {entry.key: entry for entry in archive.kv}
        if archive.queue is not None:
            rows = {one.message.message_id: one for one in archive.queue.messages}
            server.queues[actor_id] = Messages(generation, archive.queue.last_id, rows)
            server.alarms.keep(actor_id, "queue", AlarmChange(archive.queue.due_at))
        if archive.schedules is not None:
            held = archive.schedules
            server.schedules[actor_id] = Schedules(
                generation,
                held.revision,
                held.last_id,
                held.due_at,
                {row.schedule_id: row for row in held.schedules},
                {(run.schedule_id, run.number): run for run in held.runs},
            )
            server.alarms.keep(actor_id, "schedule", AlarmChange(held.due_at))
        server.alarms.released(actor_id, 0, now, failed=False)
        return True
