"""The tab of the schedules: what an actor is to run, and the runs of the one in the address, as stored."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import F

from actors.api.registry import registry
from actors.models import Run, Schedule
from actors.protocol import cbor, json
from actors.runtime.schedule import LONGEST_RANGE, MOST_WAITING
from inspector.actor import tab
from inspector.aloud import aloud
from inspector.screens import Look
from inspector.values import shown_value

SHOWN: Final = 200
SHOWN_RUNS: Final = 50
_LONGEST_ID: Final = 18
_DAY: Final = 86_400_000


def read(look: Look, actor: Any) -> dict[str, Any]:
    rows = Schedule.objects.filter(actor_id=actor.pk).order_by(F("due_at").asc(nulls_last=True), "id")
    found: list[Any] = list(rows[: SHOWN + 1])
    for row in found:
        row.cadence = aloud(row.rules)
        row.reference = row.name or str(row.id)
        row.shown = shown_value(bytes(row.args), cbor.decode)
        row.form = _typed(row)
    chosen = _chosen(actor.pk, look.query.get("schedule", ""))
    known = registry.get(actor.name).actions.values() if actor.name in registry.names() else ()
    actions = sorted({action.name for action in known})
    return {
        "schedules": found[:SHOWN],
        "more": len(found) > SHOWN,
        "chosen": chosen,
        "actions": actions,
        "most_days": LONGEST_RANGE // _DAY,
        "most_runs": MOST_WAITING,
    }


def _typed(row: Any) -> dict[str, str] | None:
    """What to fill the form with to change a recurring schedule."""
    what = {"name": row.name, "action": row.action, "args": row.shown.text}
    if "expression" in row.rules:
        when = {"kind": "cron", "when": row.rules["expression"], "timezone": row.rules.get("timezone", "UTC")}
        return {**what, **when}
    if "interval" in row.rules:
        return {**what, "kind": "every", "when": f"{row.rules['interval'] / 1000:g}", "timezone": "UTC"}
    return None


def _chosen(actor_id: str, number: str) -> dict[str, Any] | None:
    """The schedule of that number with its rules and its latest runs, None if there is none."""
    if not (number.isascii() and number.isdecimal() and len(number) <= _LONGEST_ID):
        return None
    row = Schedule.objects.filter(actor_id=actor_id, id=int(number)).first()
    if row is None:
        return None
    runs = Run.objects.filter(actor_id=actor_id, schedule_id=row.id).order_by("-number")[:SHOWN_RUNS]
    return {"schedule": row, "rules": json.indented(row.rules), "runs": runs}


SCHEDULES: Final = tab("schedules", read)
