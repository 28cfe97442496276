"""Columns of the list of actors: which there are, what each looks up, and which of them a person has chosen.

Only what is shown is looked up, by the ids of one page: a statement for each, or a question to the nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import msgspec
from asgiref.sync import async_to_sync
from django.db.models import Count, Min
from django.db.models.functions import Length
from django.http import HttpRequest, HttpResponse, JsonResponse

from actors.errors import error
from actors.gateway.permissions import VIEW
from actors.models import ActorState, Alarm, HibernatingConn, Message
from actors.status import AWAKE
from inspector import looking, owners
from inspector.access import deed
from inspector.deeds import body
from inspector.models import Preference

BY_THEIR_NODE: Final = {"connections", "action", "rest"}
"""What of an actor that is awake its node alone knows."""


@dataclass(frozen=True, slots=True)
class Column:
    """Beside status and key, which every row has."""

    name: str
    label: str
    number: bool = False


COLUMNS: Final = (
    Column("type", "Type"),
    Column("state", "State", number=True),
    Column("queue", "Queue", number=True),
    Column("connections", "Connections", number=True),
    Column("alarm", "Next alarm"),
    Column("action", "Last action"),
    Column("rest", "At rest since"),
    Column("owner", "Owner"),
    Column("node", "Node"),
    Column("created", "Created"),
    Column("error", "Last error"),
    Column("id", "Id"),
)
DEFAULT: Final = ("type", "state", "node", "created")


class Choice(msgspec.Struct, forbid_unknown_fields=True):
    """Names of columns, in any order."""

    columns: list[str]


@partial(deed, permission=VIEW)
async def choose(request: HttpRequest) -> HttpResponse:
    """Keep what the list shows to this person, and to nobody else: whoever may look may choose."""
    asked = body(request, Choice).columns
    for name in asked:
        if name not in {column.name for column in COLUMNS}:
            raise error("inspector.invalid_request", field="columns", reason=f"there is no {name!r}")
    user: Any = await request.auser()
    await Preference.objects.aupdate_or_create(user=user, defaults={"columns": asked})
    return JsonResponse({})


def chosen_by(user: Any) -> list[Column]:
    """In the order of COLUMNS, whatever was chosen when there were others."""
    kept = Preference.objects.filter(user=user).values_list("columns", flat=True).first()
    names = DEFAULT if kept is None else kept
    return [column for column in COLUMNS if column.name in names]


def fill(user: Any, rows: Sequence[Any], columns: Sequence[Column]) -> looking.Attendees | None:
    """Tell each row what it shows. Returns what the nodes have told, if they were asked."""
    names = {column.name for column in columns}
    ids = [row.pk for row in rows]
    for name in names & _STORED.keys():
        known = _STORED[name](ids)
        for row in rows:
            setattr(row, f"{name}_shown", known.get(row.pk))
    if "owner" in names:
        owned = owners.owners_of(user, rows)
        for row in rows:
            row.owner = owned.get(row.pk)
    return _attend(rows) if names & BY_THEIR_NODE else None


def _attend(rows: Sequence[Any]) -> looking.Attendees | None:
    """Tell each row that is awake what its node knows of it; the nodes are asked only if there is one."""
    awake = [row for row in rows if row.derived_status == AWAKE]
    attendees = async_to_sync(looking.attendance)([row.pk for row in awake]) if awake else None
    for row in awake:
        row.attendance = None if attendees is None else attendees.actors.get(row.pk)
    return attendees


def _states(ids: Sequence[str]) -> Mapping[str, int | None]:
    """Their sizes."""
    return dict(ActorState.objects.filter(pk__in=ids).values_list("pk", Length("state")))


def _counted(model: Any, ids: Sequence[str]) -> Mapping[str, int]:
    """How many rows of it they have: messages with dead letters, connections that hibernate."""
    rows = model.objects.filter(actor_id__in=ids).order_by().values("actor_id")
    return dict(rows.annotate(count=Count("*")).values_list("actor_id", "count"))


def _alarms(ids: Sequence[str]) -> Mapping[str, int]:
    """When the next is due."""
    rows = Alarm.objects.filter(actor_id__in=ids).order_by().values("actor_id")
    return dict(rows.annotate(next=Min("due_at")).values_list("actor_id", "next"))


_STORED: Final[Mapping[str, Callable[[Sequence[str]], Mapping[str, int | None]]]] = {
    "state": _states,
    "queue": partial(_counted, Message),
    "connections": partial(_counted, HibernatingConn),
    "alarm": _alarms,
}
