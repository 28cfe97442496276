"""The schedule part of the Store contract: what each actor is to do and when, and what became of it.

Called by the schedule writer and by the runtime's `ScheduleRows`, as `store.schedules`. Schedules are
written by the generation that opened them last, and by nobody else: it chooses the ids, and it numbers its
writes, so that one may be repeated until its outcome is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class StoredSchedule:
    """One schedule. Ids count from 1 in each actor; times are Unix milliseconds.

    `due_at` is None once a one-shot has fired; nothing comes of it while there is `paused_at`. `runs` is the
    number of its latest run. `rules` are what its owner makes of JSON: its cadence, and what becomes of runs
    that fail, come late or meet each other.
    """

    schedule_id: int
    kind: str
    name: str | None
    action: str
    args: bytes
    rules: Mapping[str, Any]
    created_at: int
    due_at: int | None = None
    last_run_at: int | None = None
    runs: int = 0
    orphaned_at: int | None = None
    paused_at: int | None = None


@dataclass(frozen=True, slots=True)
class StoredRun:
    """What became of one time of a schedule. Numbers count from 1 in each schedule.

    Open until it has `ended_at`; one that will be tried again has `again_at`.
    """

    schedule_id: int
    number: int
    scheduled_at: int
    started_at: int
    attempts: int
    result: str
    again_at: int | None = None
    ended_at: int | None = None
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ScheduleContents:
    """The schedules of an actor, by id, and their open runs. `revision` is the number of the last write, and
    `due_at` what that said.
    """

    revision: int
    last_id: int
    due_at: int | None
    schedules: Sequence[StoredSchedule]
    runs: Sequence[StoredRun]


@dataclass(frozen=True, slots=True)
class ScheduleWrite:
    """What one generation changes. `due_at` is when the actor is to be awake next, None for never: its alarm.

    `drops` are ids of schedules, which take their runs along; `trims` are pairs of a schedule's id and a
    number: its ended runs up to that are forgotten.
    """

    actor_id: str
    generation: int
    revision: int
    last_id: int
    due_at: int | None
    puts: Sequence[StoredSchedule] = ()
    drops: Sequence[int] = ()
    runs: Sequence[StoredRun] = ()
    trims: Sequence[tuple[int, int]] = ()


class ScheduleStore(Protocol):
    """Fails as a `Store` does."""

    async def open(self, actor_id: str, generation: int) -> ScheduleContents | None:
        """From now on this generation alone writes to the actor's schedules. None: it has been fenced."""
        ...

    async def write(self, writes: Sequence[ScheduleWrite]) -> frozenset[str]:
        """One transaction, each actor at most once in it. Returns the actors whose schedules are still ours.

        The others have been fenced, or never opened theirs. A write whose revision has been reached already
        changes nothing.
        """
        ...

    async def history(self, actor_id: str, schedule_id: int, limit: int) -> Sequence[StoredRun]:
        """The latest runs of a schedule, the last first."""
        ...
