"""The list of actors: filters in the address, one page by its keyset, never a count.

Reads rows only: an actor that sleeps goes on sleeping.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Length
from django.http import QueryDict

from actors.api.registry import registry
from actors.errors import error
from actors.keyset import read_page
from actors.models import Actor, ActorState, Alarm, Message
from actors.prefix import begins_with
from actors.status import DESTROYED, STATUSES, derived_status, in_status
from inspector.screens import Look, Screen

PAGE: Final = 100
FIELDS: Final = ("type", "status", "key", "node", "error", "has")
HAVING: Final[Mapping[str, Any]] = {"messages": Message, "alarm": Alarm}
_WORDS: Final = {
    ("error", "1"): "has an error",
    ("has", "messages"): "has messages",
    ("has", "alarm"): "has an alarm",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that holds, and the address without it."""

    text: str
    without: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show. `key` is the beginning of a key, `node` that of a node's id; `has` are of HAVING."""

    type: str = ""
    statuses: tuple[str, ...] = ()
    key: str = ""
    node: str = ""
    error: bool = False
    has: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: QueryDict) -> Filters:
        """As the address says. Raises inspector.invalid_request for a status that there is not."""
        statuses, has = _some(query, "status", STATUSES), _some(query, "has", HAVING)
        texts = {name: query.get(name, "").replace("\0", "") for name in ("type", "key", "node")}
        return cls(**texts, statuses=statuses, error=query.get("error") == "1", has=has)

    def branches(self) -> list[QuerySet[Actor]]:
        """Parts with an index each: living and destroyed actors have their own."""
        rows = self._apply(Actor.objects.defer("input").annotate(derived_status=derived_status()))
        alive, gone = rows.filter(destroyed_at__isnull=True), rows.filter(destroyed_at__isnull=False)
        if DESTROYED not in self.statuses:
            return [alive]
        return [gone] if self.statuses == (DESTROYED,) else [alive, gone]

    def _apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.type:
            rows = rows.filter(name=self.type)
        if self.key:
            rows = rows.filter(begins_with(self.key))
        if self.node:
            rows = rows.filter(node_id__startswith=self.node)
        if self.error:
            rows = rows.filter(error__isnull=False)
        for having in self.has:
            rows = rows.filter(Exists(HAVING[having].objects.filter(actor_id=OuterRef("pk"))))
        if self.statuses:
            rows = rows.filter(in_status(self.statuses))
        return rows


def _some(query: QueryDict, field: str, known: Container[str]) -> tuple[str, ...]:
    """Each value once."""
    values = tuple(dict.fromkeys(query.getlist(field)))
    for value in values:
        if value not in known:
            raise error("inspector.invalid_request", field=field, reason=f"there is no {value!r}")
    return values


def chips(query: QueryDict) -> list[Chip]:
    """The filters of an address, one by one; pages begin anew without one."""
    found = []
    for name in FIELDS:
        for value in filter(None, query.getlist(name)):
            rest = query.copy()
            _forget_page(rest)
            rest.setlist(name, [other for other in query.getlist(name) if other != value])
            text = _WORDS.get((name, value), f"{name}: {value}")
            found.append(Chip(text, _address(rest)))
    return found


def read(look: Look) -> dict[str, Any]:
    filters = Filters.of(look.query)
    rows = filters.branches()
    try:
        page = read_page(rows, look.query.get("older_than"), look.query.get("newer_than"), PAGE)
    except ValueError as exc:
        raise error("inspector.invalid_request", field="page", reason=str(exc)) from exc
    _weigh(page.rows)
    return {
        "section": "actors",
        "filters": filters,
        "chips": chips(look.query),
        "types": registry.names(),
        "statuses": STATUSES,
        "rows": page.rows,
        "newer": _turned(look.query, "newer_than", page.newer_than),
        "older": _turned(look.query, "older_than", page.older_than),
    }


def _weigh(rows: list[Any]) -> None:
    """Tell each row the size of its stored state: by the ids of the page, one look-up."""
    states = ActorState.objects.filter(pk__in=[row.pk for row in rows])
    known = dict(states.values_list("pk", Length("state")))
    for row in rows:
        row.state_size = known.get(row.pk)


def _turned(query: QueryDict, direction: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    other = query.copy()
    _forget_page(other)
    other[direction] = cursor
    return _address(other)


def _forget_page(query: QueryDict) -> None:
    query.pop("older_than", None)
    query.pop("newer_than", None)


def _address(query: QueryDict) -> str:
    return f"?{query.urlencode()}"


LIST: Final = Screen("list", read)
