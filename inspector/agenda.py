"""The page of what is to happen over all actors: alarms in their order, and schedules that need somebody.

Each list walks an index from where the page begins, and is never counted. Reads rows: who sleeps goes on
sleeping. Alarms are walked by when they wake, which is later than they are due where the actor is awake; each
page shows them in the order of what it says, when they are due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from asgiref.sync import async_to_sync
from django.db.models import Q
from django.http import QueryDict

from actors.errors import ActorError, error
from actors.gateway.platform import current
from actors.models import Actor, Alarm, Run, Schedule
from actors.runtime.planned import ON_TIME
from inspector import reach
from inspector.actor import label_of
from inspector.screens import Look, Screen

PAGE: Final = 100
LISTS: Final = (
    ("coming", "Coming", "What falls due next: schedules, and messages that were put off."),
    ("late", "Late", "Due, and nobody has seen to it: is Celery beat running, and a node with the class?"),
    ("paused", "Paused", "Nothing of them begins until somebody resumes them."),
    ("orphaned", "Orphaned", "The class of the actor has no such action: bring it back, or delete them."),
    ("running", "Running", "Runs that have not ended: some wait, or will be tried again."),
)
SOON: Final = 5 * 60 * 1000
"""Milliseconds."""
CELERY: Final = ("worker", "beat")
_LONGEST_NUMBER: Final = 18


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `when` in Unix milliseconds; `late` if that has passed without anything happening."""

    key: str
    actor: str
    what: str
    when: int | None
    schedule_id: int | None = None
    note: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One page. `more` is the cursor of the next, None at the end."""

    rows: list[Row]
    more: str | None


def read(look: Look) -> dict[str, Any]:
    shown = look.query.get("show", LISTS[0][0])
    words = {name: text for name, _, text in LISTS}
    if shown not in words:
        raise error("inspector.invalid_request", field="show", reason=f"there is no {shown!r}")
    listed = _READERS[shown](look.query.get("after", "").replace("\0", ""))
    findings = async_to_sync(reach.dependencies_found)()
    return {
        "section": "schedules",
        "lists": LISTS,
        "shown": shown,
        "words": words[shown],
        "rows": _named(listed.rows),
        "more": listed.more,
        "celery": [one for one in findings if one.part in CELERY],
    }


def count_due(bound: int) -> int:
    """How many alarms fall due within SOON, `bound` at most."""
    now = current().clock.now_ms()
    return len(_alarms().filter(wake_at__gte=now, wake_at__lt=now + SOON)[:bound])


def count_late(bound: int) -> int:
    """How many alarms nobody has seen to, `bound` at most."""
    return len(_overdue()[:bound])


def count_orphaned(bound: int) -> int:
    """How many schedules have lost their action, `bound` at most."""
    return len(_orphans()[:bound])


# -- alarms ------------------------------------------------------------------------------------------
def _alarms() -> Any:
    rows = Alarm.objects.order_by("wake_at", "actor_id", "source")
    return rows.values_list("wake_at", "actor_id", "source", "due_at")


def _overdue() -> Any:
    return _alarms().filter(wake_at__lt=current().clock.now_ms() - ON_TIME)


def _coming(after: str) -> Listed:
    return _page_of_alarms(_alarms(), after)


def _late(after: str) -> Listed:
    return _page_of_alarms(_overdue(), after)


def _page_of_alarms(rows: Any, after: str) -> Listed:
    if after:
        wake_at, actor_id, source = _cursor(after, 3)
        moment = _number(wake_at)
        same = Q(actor_id__gt=actor_id) | Q(actor_id=actor_id, source__gt=source)
        rows = rows.filter(Q(wake_at__gt=moment) | same, wake_at__gte=moment)
    found = list(rows[: PAGE + 1])
    planned = _planned([(actor_id, due) for _, actor_id, source, due in found if source == "schedule"])
    now = current().clock.now_ms()
    lines = []
    for wake_at, actor_id, source, due_at in found[:PAGE]:
        again = (None, "messages of its queues" if source == "queue" else "a run to be tried again")
        number, what = planned.get((actor_id, due_at), again) if source == "schedule" else again
        late = wake_at < now - ON_TIME
        lines.append(Row(f"{actor_id}-{source}", actor_id, what, due_at, number, late=late))
    return Listed(sorted(lines, key=lambda line: line.when or 0), _next(found, 3))


def _planned(times: list[tuple[str, int]]) -> dict[tuple[str, int], tuple[int | None, str]]:
    """The schedules that are due at these times of these actors: by their primary key, one look-up."""
    rows = Schedule.objects.filter(
        actor_id__in={actor_id for actor_id, _ in times},
        due_at__in={due_at for _, due_at in times},
        paused_at__isnull=True,
    )
    found: Any = rows.values_list("actor_id", "due_at", "id", "name", "action")[: PAGE * 10]
    return {(actor_id, due_at): (number, name or action) for actor_id, due_at, number, name, action in found}


# -- schedules and runs ------------------------------------------------------------------------------
def _orphans() -> Any:
    rows = Schedule.objects.filter(orphaned_at__isnull=False).order_by("actor_id", "id")
    return rows.values_list("actor_id", "id", "name", "action", "orphaned_at")


def _orphaned(after: str) -> Listed:
    found = list(_behind(_orphans(), after, "id")[: PAGE + 1])
    lines = [
        Row(f"{actor_id}-{number}", actor_id, name or action, since, number, f"no action {action!r}")
        for actor_id, number, name, action, since in found[:PAGE]
    ]
    return Listed(lines, _next(found, 2))


def _paused(after: str) -> Listed:
    rows = Schedule.objects.filter(paused_at__isnull=False).order_by("actor_id", "id")
    values = rows.values_list("actor_id", "id", "name", "action", "paused_at")
    found = list(_behind(values, after, "id")[: PAGE + 1])
    lines = [
        Row(f"{actor_id}-{number}", actor_id, name or action, since, number, "paused")
        for actor_id, number, name, action, since in found[:PAGE]
    ]
    return Listed(lines, _next(found, 2))


def _running(after: str) -> Listed:
    rows = Run.objects.filter(ended_at__isnull=True).order_by("actor_id", "schedule_id", "number")
    values = rows.values_list("actor_id", "schedule_id", "number", "result", "started_at", "attempts")
    found = list(_behind(values, after, "schedule_id", "number")[: PAGE + 1])
    lines = [
        Row(
            f"{actor_id}-{of}-{number}", actor_id, f"run {number}", began, of, f"{result}, attempt {attempts}"
        )
        for actor_id, of, number, result, began, attempts in found[:PAGE]
    ]
    return Listed(lines, _next(found, 3))


def _behind(rows: Any, after: str, *numbers: str) -> Any:
    """Rows behind a cursor of an actor and these numbers. The last condition lets the index begin there."""
    if not after:
        return rows
    actor_id, *values = _cursor(after, 1 + len(numbers))
    later, same = Q(actor_id__gt=actor_id), Q(actor_id=actor_id)
    for name, value in zip(numbers, map(_number, values), strict=True):
        later |= same & Q(**{f"{name}__gt": value})
        same &= Q(**{name: value})
    return rows.filter(later, actor_id__gte=actor_id)


_READERS: Final[dict[str, Callable[[str], Listed]]] = {
    "coming": _coming,
    "late": _late,
    "paused": _paused,
    "orphaned": _orphaned,
    "running": _running,
}


# -- pages -------------------------------------------------------------------------------------------
def _named(rows: list[Row]) -> list[dict[str, Any]]:
    """The rows with what their actors are called: by the ids of the page, one look-up."""
    actors = Actor.objects.only("name", "key").in_bulk({row.actor for row in rows})
    told = []
    for row in rows:
        actor = actors.get(row.actor)
        label = row.actor if actor is None else label_of(actor)
        told.append({"row": row, "label": label, "type": "" if actor is None else actor.name})
    return told


def _next(found: list[Any], parts: int) -> str | None:
    if len(found) <= PAGE:
        return None
    query = QueryDict(mutable=True)
    query["after"] = "~".join(map(str, found[PAGE - 1][:parts]))
    return query.urlencode()


def _cursor(after: str, parts: int) -> list[str]:
    split = after.split("~")
    if len(split) != parts:
        raise _no_page()
    return split


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise _no_page()
    return int(text)


def _no_page() -> ActorError:
    return error("inspector.invalid_request", field="after", reason="there is no such page")


AGENDA: Final = Screen("agenda", read)
