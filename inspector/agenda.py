"""The page of what is to happen over all actors: plans in their order, and schedules that need somebody.

Each list walks an index from where the page begins, and is never counted. Reads rows: who sleeps goes on
sleeping. Alarms are walked by when they wake, which is later than they are due where the actor is awake; each
page shows them in the order of what it says, when they are due.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from asgiref.sync import async_to_sync
from django.http import QueryDict

from actors.errors import error
from actors.gateway.platform import current
from actors.keyset import Order, read_page
from actors.models import Actor, Alarm, Run, Schedule
from actors.runtime.planned import ERROR, ON_TIME
from inspector import reach
from inspector.actor import label_of
from inspector.aloud import Spoken, aloud
from inspector.heartbeats import heartbeats
from inspector.lateness import lateness
from inspector.screens import Look, Screen

PAGE: Final = 100
SOON: Final = 5 * 60 * 1000
"""Milliseconds."""
CELERY: Final = ("worker", "beat")
ALARMS: Final = Order(("wake_at", "actor_id", "source"), descending=False)
PLANS: Final = Order(("due_at", "actor_id", "id"), descending=False)
OF_ACTORS: Final = Order(("actor_id", "id"), descending=False)
OPEN_RUNS: Final = Order(("actor_id", "schedule_id", "number"), descending=False)
FAILURES: Final = Order(("ended_at", "actor_id", "schedule_id", "number"))


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
    cadence: Spoken | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list by its name in the address. `rows` are walked in `order`, and `lines` makes a page's of them."""

    label: str
    words: str
    rows: Callable[[], Any]
    order: Order
    lines: Callable[[Sequence[Any]], list[Row]]


def read(look: Look) -> dict[str, Any]:
    shown = look.query.get("show", FIRST)
    if shown not in LISTS:
        raise error("inspector.invalid_request", field="show", reason=f"there is no {shown!r}")
    listing = LISTS[shown]
    after, before = (look.query.get(way, "").replace("\0", "") or None for way in ("after", "before"))
    try:
        page = read_page([listing.rows()], after, before, PAGE, listing.order)
    except ValueError as exc:
        raise error("inspector.invalid_request", field="after", reason="there is no such page") from exc
    findings = async_to_sync(reach.dependencies_found)()
    return {
        "section": "schedules",
        "lists": [(name, one.label) for name, one in LISTS.items()],
        "shown": shown,
        "words": listing.words,
        "rows": _named(listing.lines(page.rows)),
        "earlier": _address(shown, "before", page.newer_than),
        "later": _address(shown, "after", page.older_than),
        "celery": [one for one in findings if one.part in CELERY],
        "heartbeats": heartbeats(),
        "lateness": lateness(),
    }


def count_due(bound: int) -> int:
    """How many alarms fall due within SOON, `bound` at most."""
    now = current().clock.now_ms()
    return _counted(_alarms().filter(wake_at__gte=now, wake_at__lt=now + SOON), ALARMS, bound)


def count_late(bound: int) -> int:
    """How many alarms nobody has seen to, `bound` at most."""
    return _counted(_overdue(), ALARMS, bound)


def count_orphaned(bound: int) -> int:
    """How many schedules have lost their action, `bound` at most."""
    return _counted(_orphans(), OF_ACTORS, bound)


def _counted(rows: Any, order: Order, bound: int) -> int:
    """In the order of an index, so that it is the index which is walked."""
    return len(rows.order_by(*order.by(False)).values_list("actor_id")[:bound])


# -- plans -------------------------------------------------------------------------------------------
def _plans() -> Any:
    """What has a time and may begin: the rows of the index of times, and none beside."""
    rows = Schedule.objects.filter(due_at__isnull=False, paused_at__isnull=True, orphaned_at__isnull=True)
    return rows.defer("args")


def _upcoming() -> Any:
    return _plans().filter(due_at__gt=current().clock.now_ms())


def _due() -> Any:
    return _plans().filter(due_at__lte=current().clock.now_ms())


def _orphans() -> Any:
    return Schedule.objects.filter(orphaned_at__isnull=False).defer("args")


def _paused() -> Any:
    return Schedule.objects.filter(paused_at__isnull=False).defer("args")


def _lines_of_plans(found: Sequence[Any]) -> list[Row]:
    late = current().clock.now_ms() - ON_TIME
    return [_line(one, one.due_at, late=one.due_at < late) for one in found]


def _lines_of_orphans(found: Sequence[Any]) -> list[Row]:
    return [_line(one, one.orphaned_at, f"no action {one.action!r}") for one in found]


def _lines_of_paused(found: Sequence[Any]) -> list[Row]:
    return [_line(one, one.paused_at, "paused") for one in found]


def _line(one: Any, when: int, note: str = "", late: bool = False) -> Row:
    what = one.name or one.action
    key = f"{one.actor_id}-{one.id}"
    return Row(key, one.actor_id, what, when, one.id, note, late, cadence=aloud(one.rules))


# -- alarms ------------------------------------------------------------------------------------------
def _alarms() -> Any:
    return Alarm.objects.all()


def _overdue() -> Any:
    return Alarm.objects.filter(wake_at__lt=current().clock.now_ms() - ON_TIME)


def _lines_of_alarms(found: Sequence[Any]) -> list[Row]:
    planned = _planned([(one.actor_id, one.due_at) for one in found if one.source == "schedule"])
    late = current().clock.now_ms() - ON_TIME
    lines = []
    for one in found:
        again = (None, "messages of its queues" if one.source == "queue" else "a run to be tried again")
        number, what = again if one.source == "queue" else planned.get((one.actor_id, one.due_at), again)
        key = f"{one.actor_id}-{one.source}"
        lines.append(Row(key, one.actor_id, what, one.due_at, number, late=one.wake_at < late))
    return sorted(lines, key=lambda line: line.when or 0)


def _planned(times: list[tuple[str, int]]) -> dict[tuple[str, int], tuple[int | None, str]]:
    """The schedules that are due at these times of these actors: by their primary key, one look-up."""
    rows = Schedule.objects.filter(
        actor_id__in={actor_id for actor_id, _ in times},
        due_at__in={due_at for _, due_at in times},
        paused_at__isnull=True,
    )
    found: Any = rows.values_list("actor_id", "due_at", "id", "name", "action")[: PAGE * 10]
    return {(actor_id, due_at): (number, name or action) for actor_id, due_at, number, name, action in found}


# -- runs --------------------------------------------------------------------------------------------
def _running() -> Any:
    return Run.objects.filter(ended_at__isnull=True)


def _failed() -> Any:
    return Run.objects.filter(result=ERROR)


def _lines_of_running(found: Sequence[Any]) -> list[Row]:
    return _lines_of_runs(found, "started_at", lambda run: f"{run.result}, attempt {run.attempts}")


def _lines_of_failed(found: Sequence[Any]) -> list[Row]:
    return _lines_of_runs(found, "ended_at", lambda run: _told(run.error or {}))


def _told(failure: dict[str, Any]) -> str:
    return f"{failure.get('group')}.{failure.get('code')} {failure.get('message')}"


def _lines_of_runs(found: Sequence[Any], moment: str, note: Callable[[Any], str]) -> list[Row]:
    """With what their schedules are called: by the keys of the page, one look-up."""
    schedules = Schedule.objects.filter(pk__in=[(run.actor_id, run.schedule_id) for run in found])
    rows: Any = schedules.values_list("actor_id", "id", "name", "action")
    called = {(actor_id, number): name or action for actor_id, number, name, action in rows}
    return [
        Row(
            f"{run.actor_id}-{run.schedule_id}-{run.number}",
            run.actor_id,
            f"{called.get((run.actor_id, run.schedule_id), 'schedule')}, run {run.number}",
            getattr(run, moment),
            run.schedule_id,
            note(run),
        )
        for run in found
    ]


# -- all of them -------------------------------------------------------------------------------------
FIRST: Final = "upcoming"
LISTS: Final[dict[str, Listing]] = {
    FIRST: Listing("Upcoming", "All that is planned, the next first.", _upcoming, PLANS, _lines_of_plans),
    "due": Listing(
        "Due",
        "Its time has come: it begins in a moment, or waits for a run before it to end.",
        _due,
        PLANS,
        _lines_of_plans,
    ),
    "late": Listing(
        "Late",
        "Due, and nobody has seen to it: is Celery beat running, and a node with the class?",
        _overdue,
        ALARMS,
        _lines_of_alarms,
    ),
    "running": Listing(
        "Running",
        "Runs that have not ended: some wait, or will be tried again.",
        _running,
        OPEN_RUNS,
        _lines_of_running,
    ),
    "failed": Listing(
        "Failed",
        "Runs that ended with an error, and are not tried again; the latest first.",
        _failed,
        FAILURES,
        _lines_of_failed,
    ),
    "paused": Listing(
        "Paused", "Nothing of them begins until somebody resumes them.", _paused, OF_ACTORS, _lines_of_paused
    ),
    "orphaned": Listing(
        "Orphaned",
        "The class of the actor has no such action: bring it back, or delete them.",
        _orphans,
        OF_ACTORS,
        _lines_of_orphans,
    ),
    "alarms": Listing(
        "Alarms",
        "When each actor is woken next: for a schedule, a retry, or messages that were put off.",
        _alarms,
        ALARMS,
        _lines_of_alarms,
    ),
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


def _address(shown: str, way: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = QueryDict(mutable=True)
    query.update({"show": shown, way: cursor})
    return f"?{query.urlencode()}"


AGENDA: Final = Screen("agenda", read)
