"""The archive part of the Store in Postgres. Used by `PostgresStore`; its statements are in queries.sql.

What is written passes the statements of every day: as the only generation of an actor that is awake for the
length of one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from actors.storage import kv_postgres, queue_postgres, releases, schedules_postgres
from actors.storage.alarms import AlarmChange
from actors.storage.archive import Archive, ArchivedMessage, ArchivedQueue, Replaced
from actors.storage.connect import Row
from actors.storage.gathering import owned
from actors.storage.kv import END, KvEntry, KvWrite
from actors.storage.pool import Pool, Step
from actors.storage.queue import MessageMark, MessagePut, QueueWrite, StoredMessage
from actors.storage.schedules import ScheduleContents, ScheduleWrite, StoredRun, StoredSchedule
from actors.storage.store import ActorRecord, Release
from actors.storage.text import check_text

ALL: Final = 2**63 - 1


class PostgresArchives:
    """See `ArchiveStore`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def read(self, actor_id: str) -> Archive | None:
        check_text(actor_id)
        one = {"id": actor_id}
        everything = {**one, "start": b"", "end": END, "now": -1, "limit": ALL}
        found = await self._pool.snapshot(
            [
                ("archive_actor", one),
                ("kv_list", everything),
                ("archive_messages", one),
                ("schedule_contents", {"ids": [actor_id]}),
                ("archive_runs", one),
            ]
        )
        return _archive(found) if found[0] else None

    async def write(self, archive: Archive, now: int, replaced: Replaced | None = None) -> bool:
        check_text(archive.actor_id, archive.name, archive.key, archive.crash_policy)
        living = await self._pool.read("find", {"name": archive.name, "key": archive.key})
        if any(replaced is None or ActorRecord(*row).actor_id != replaced.actor_id for row in living):
            return False
        before = await self._pool.read("get", {"ids": [archive.actor_id]})
        generation = 1 + max((ActorRecord(*row).generation for row in before), default=0)
        return await self._pool.together(list(_steps(archive, generation, now, replaced)))


def _archive(found: list[list[Row]]) -> Archive:
    (actor,), kv, messages, schedules, runs = found
    *own, queue_id, queue_due, revision, schedule_id, schedule_due = actor
    queue = planned = None
    if queue_id is not None:
        letters = [ArchivedMessage(StoredMessage(*row), body, trace) for *row, body, trace in messages]
        queue = ArchivedQueue(queue_id, queue_due, letters)
    if revision is not None:
        rows = [StoredSchedule(*row) for _, *row in schedules]
        ran = [StoredRun(*row) for row in runs]
        planned = ScheduleContents(revision, schedule_id, schedule_due, rows, ran)
    return replace(Archive(*own), kv=[KvEntry(*row) for row in kv], queue=queue, schedules=planned)


def _steps(archive: Archive, generation: int, now: int, replaced: Replaced | None) -> Iterator[Step]:
    """Each answers with a row if it was applied."""
    actor_id = archive.actor_id
    if replaced is not None:
        gone = {"id": replaced.actor_id, "generation": replaced.generation, "destroyed_at": now}
        yield "destroy", gone
    yield (
        "archive_make",
        {
            "id": actor_id,
            "name": archive.name,
            "key": archive.key,
            "crash_policy": archive.crash_policy,
            "input": archive.input,
            "generation": generation,
            "created_at": archive.created_at,
            "started_at": archive.started_at,
            "now": now,
            "revision": archive.revision,
            "state": archive.state,
        },
    )
    owner = owned([(actor_id, generation)])
    if archive.kv:
        yield "kv_write", kv_postgres.parameters([KvWrite(actor_id, generation, put=archive.kv)])
    if archive.queue is not None:
        yield "queue_open", owner
        yield from _queue_steps(archive.queue, actor_id, generation)
    if archive.schedules is not None:
        yield "schedule_open", owner
        yield (
            "schedule_write",
            schedules_postgres.parameters([_schedule_write(archive.schedules, actor_id, generation)]),
        )
    yield "release", releases.parameters([Release(actor_id, generation, now)])


def _queue_steps(queue: ArchivedQueue, actor_id: str, generation: int) -> Iterator[Step]:
    """The messages, and then what had become of them."""
    puts = [MessagePut(one.message, one.body) for one in queue.messages]
    write = QueueWrite(actor_id, generation, puts, alarm=AlarmChange(queue.due_at))
    yield "queue_write", {**queue_postgres.parameters([write]), "last_ids": [queue.last_id]}
    marks = [_mark(letter.message, letter.trace) for letter in queue.messages]
    yield "queue_write", queue_postgres.parameters([QueueWrite(actor_id, generation, marks=marks)])


def _mark(one: StoredMessage, trace: str | None) -> MessageMark:
    return MessageMark(one.message_id, one.attempts, one.available_at, one.died_at, one.error, trace)


def _schedule_write(held: ScheduleContents, actor_id: str, generation: int) -> ScheduleWrite:
    return ScheduleWrite(
        actor_id, generation, held.revision, held.last_id, held.due_at, held.schedules, runs=held.runs
    )
