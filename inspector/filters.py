"""Filters of the list of actors: from the address to rows, and back to the chips that show them.

Most are served by an index. With those that are in none the rows are walked from the newest on, for as long
as a page may read; `Filters.walks` says so.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from actors.errors import error
from actors.key_text import begins_with, contains
from actors.models import Actor, Alarm, HibernatingConn, Message
from actors.status import AWAKE, DESTROYED, PAUSED, STATUSES, derived_status, in_status
from inspector.owners import Owned

CONNECTIONS: Final = "connections"
HAVING: Final[Mapping[str, Any]] = {"messages": Message, "alarm": Alarm, CONNECTIONS: HibernatingConn}
TEXTS: Final = ("type", "key", "part", "node", "owner")
DAYS: Final = ("created_from", "created_to", "slept_from", "slept_to")
FIELDS: Final = ("type", "status", "key", "part", "node", "owner", *DAYS, "error", "paused", "has")
_DAY: Final = 24 * 60 * 60 * 1000
_WORDS: Final = {
    ("error", "1"): "has an error",
    ("paused", "1"): "is paused",
    ("has", "messages"): "has messages",
    ("has", "alarm"): "has an alarm",
    ("has", CONNECTIONS): "has connections",
}
_NAMES: Final = {
    "part": "key contains",
    "created_from": "created from",
    "created_to": "created to",
    "slept_from": "asleep from",
    "slept_to": "asleep to",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that holds, and the address without it."""

    text: str
    without: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show. `key` is the beginning of a key, `node` that of a node's id; `has` are of HAVING.

    `part` stands anywhere in a key, in upper or lower case; `owner` names a row of the project;
    `days` are those of DAYS that are given.
    """

    type: str = ""
    statuses: tuple[str, ...] = ()
    key: str = ""
    part: str = ""
    node: str = ""
    owner: str = ""
    days: Mapping[str, date] = field(default_factory=dict)
    error: bool = False
    paused: bool = False
    has: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: QueryDict) -> Filters:
        """As the address says. Raises inspector.invalid_request for a status or a day that there is not."""
        texts = {name: query.get(name, "").replace("\0", "").strip() for name in TEXTS}
        days = {name: _day(name, text) for name in DAYS if (text := query.get(name))}
        statuses, has = _some(query, "status", STATUSES), _some(query, "has", HAVING)
        return cls(
            **texts,
            statuses=statuses,
            days=days,
            error=query.get("error") == "1",
            paused=query.get("paused") == "1",
            has=has,
        )

    @property
    def walks(self) -> bool:
        """Whether some of it is in no index."""
        slept = "slept_from" in self.days or "slept_to" in self.days
        return bool(self.part or self.node or self.has or slept or AWAKE in self.statuses)

    @property
    def rarer(self) -> bool:
        """Whether one of those holds that are folded away."""
        return bool(self.part or self.node or self.owner or self.days)

    def branches(self, owned: Owned | None, attended: Sequence[str]) -> list[QuerySet[Actor]]:
        """Parts with an index each: living and destroyed actors have their own.

        `owned` is the actor of the owner, `attended` are ids of actors with open connections.
        """
        rows = self._apply(Actor.objects.defer("input").annotate(derived_status=derived_status()))
        if owned is not None:
            rows = rows.filter(name=owned.name, key=owned.key)
        alive, gone = rows.filter(destroyed_at__isnull=True), rows.filter(destroyed_at__isnull=False)
        if CONNECTIONS in self.has:
            return _connected(alive, attended)
        if DESTROYED not in self.statuses:
            return [alive]
        return [gone] if self.statuses == (DESTROYED,) else [alive, gone]

    def _apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.type:
            rows = rows.filter(name=self.type)
        if self.key:
            rows = rows.filter(begins_with(self.key))
        if self.part:
            rows = rows.filter(contains(self.part))
        if self.node:
            rows = rows.filter(node_id__startswith=self.node)
        for having in self.has:
            if having != CONNECTIONS:
                rows = rows.filter(_having(having))
        if self.statuses:
            rows = rows.filter(in_status(self.statuses))
        return rows.filter(*self._marked(), *self._within())

    def _marked(self) -> Iterator[Q]:
        """Each has an index that holds no others."""
        if self.error:
            yield Q(error__isnull=False)
        if self.paused:
            yield PAUSED

    def _within(self) -> Iterator[Q]:
        """Whole days in UTC, the last included. Nobody has fallen asleep before it was made."""
        for name, day in self.days.items():
            about, _, end = name.partition("_")
            first = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
            if end == "from":
                yield Q(**{f"{about}_at__gte": first})
            else:
                yield Q(created_at__lt=first + _DAY) & Q(**{f"{about}_at__lt": first + _DAY})


def chips(query: QueryDict) -> list[Chip]:
    """The filters of an address, one by one; pages begin anew without one."""
    found = []
    for name in FIELDS:
        for value in filter(None, query.getlist(name)):
            rest = query.copy()
            forget_page(rest)
            rest.setlist(name, [other for other in query.getlist(name) if other != value])
            text = _WORDS.get((name, value), f"{_NAMES.get(name, name)}: {value}")
            found.append(Chip(text, address(rest)))
    return found


def forget_page(query: QueryDict) -> None:
    query.pop("older_than", None)
    query.pop("newer_than", None)


def address(query: QueryDict) -> str:
    return f"?{query.urlencode()}"


def _connected(rows: QuerySet[Any], attended: Sequence[str]) -> list[QuerySet[Any]]:
    """Those awake by their ids, those asleep by the rows of their connections."""
    asleep = rows.filter(_having(CONNECTIONS)).exclude(pk__in=attended)
    return [rows.filter(pk__in=attended), asleep] if attended else [asleep]


def _having(what: str) -> Exists:
    return Exists(HAVING[what].objects.filter(actor_id=OuterRef("pk")))


def _some(query: QueryDict, name: str, known: Container[str]) -> tuple[str, ...]:
    """Each value once."""
    values = tuple(dict.fromkeys(query.getlist(name)))
    for value in values:
        if value not in known:
            raise error("inspector.invalid_request", field=name, reason=f"there is no {value!r}")
    return values


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise error("inspector.invalid_request", field=name, reason=f"{text!r} is no day") from exc
