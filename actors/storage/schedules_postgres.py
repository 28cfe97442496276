"""The schedule part of the Store in Postgres. Used by `PostgresStore`; its statements are in queries.sql."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from actors.storage.gathering import Gathering, Opened, by_actor, owned
from actors.storage.pool import Pool, column
from actors.storage.schedules import ScheduleContents, ScheduleWrite, StoredRun, StoredSchedule
from actors.storage.text import clean


class PostgresSchedules:
    """See `ScheduleStore`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._openings = Gathering(self._open)

    async def open(self, actor_id: str, generation: int) -> ScheduleContents | None:
        return await self._openings.answer((actor_id, generation))

    async def _open(self, openings: Sequence[Opened]) -> dict[Opened, ScheduleContents]:
        owners = await self._pool.write("schedule_open", owned(openings))
        if not owners:
            return {}
        # Only now: what the generations before ours wrote until the line above is to be seen.
        ids = {"ids": [actor_id for actor_id, *_ in owners]}
        rows = by_actor(await self._pool.read("schedule_contents", ids))
        runs = by_actor(await self._pool.read("schedule_open_runs", ids))
        return {
            (actor_id, generation): ScheduleContents(
                revision,
                last_id,
                due_at,
                [StoredSchedule(*row) for row in rows.get(actor_id, ())],
                _runs(runs.get(actor_id, ())),
            )
            for actor_id, generation, revision, last_id, due_at in owners
        }

    async def write(self, writes: Sequence[ScheduleWrite]) -> frozenset[str]:
        return frozenset(column(await self._pool.write("schedule_write", parameters(writes))))

    async def history(self, actor_id: str, schedule_id: int, limit: int) -> Sequence[StoredRun]:
        params = {"id": actor_id, "schedule": schedule_id, "limit": limit}
        return _runs(await self._pool.read("schedule_history", params))


def _runs(rows: Sequence[Sequence[Any]]) -> list[StoredRun]:
    return [StoredRun(*row) for row in rows]


def parameters(writes: Sequence[ScheduleWrite]) -> dict[str, Any]:
    """One array for each column: of the actors, of schedules put and dropped, of runs put and forgotten."""
    return {
        "ids": [write.actor_id for write in writes],
        "generations": [write.generation for write in writes],
        "revisions": [write.revision for write in writes],
        "last_ids": [write.last_id for write in writes],
        "dues": [write.due_at for write in writes],
        **_puts([(write.actor_id, row) for write in writes for row in write.puts]),
        **_ran([(write.actor_id, run) for write in writes for run in write.runs]),
        "drop_actors": [write.actor_id for write in writes for _ in write.drops],
        "drop_ids": [schedule_id for write in writes for schedule_id in write.drops],
        "trim_actors": [write.actor_id for write in writes for _ in write.trims],
        "trim_ids": [schedule_id for write in writes for schedule_id, _ in write.trims],
        "trim_numbers": [number for write in writes for _, number in write.trims],
    }


def _puts(rows: Sequence[tuple[str, StoredSchedule]]) -> dict[str, Any]:
    return {
        "put_actors": [actor_id for actor_id, _ in rows],
        "put_ids": [row.schedule_id for _, row in rows],
        "kinds": [row.kind for _, row in rows],
        "names": [row.name for _, row in rows],
        "actions": [row.action for _, row in rows],
        "args": [row.args for _, row in rows],
        "rules": [json.dumps(row.rules) for _, row in rows],
        "created": [row.created_at for _, row in rows],
        "next": [row.due_at for _, row in rows],
        "last": [row.last_run_at for _, row in rows],
        "counts": [row.runs for _, row in rows],
        "orphaned": [row.orphaned_at for _, row in rows],
        "paused": [row.paused_at for _, row in rows],
    }


def _ran(rows: Sequence[tuple[str, StoredRun]]) -> dict[str, Any]:
    return {
        "run_actors": [actor_id for actor_id, _ in rows],
        "run_ids": [run.schedule_id for _, run in rows],
        "numbers": [run.number for _, run in rows],
        "scheduled": [run.scheduled_at for _, run in rows],
        "started": [run.started_at for _, run in rows],
        "attempts": [run.attempts for _, run in rows],
        "results": [run.result for _, run in rows],
        "again": [run.again_at for _, run in rows],
        "ended": [run.ended_at for _, run in rows],
        "errors": [_json(run.error) for _, run in rows],
    }


def _json(failure: Mapping[str, Any] | None) -> str | None:
    return None if failure is None else json.dumps(clean(failure))
