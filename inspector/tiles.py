"""Tiles: how much of everything there is, each a number that leads to a list.

Numbers are estimates of the planner, counted up to a bound, or what all processes count anyway: a
million actors are not counted for a tile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.urls import reverse

from actors.gateway.platform import current
from inspector.lately import Lately, Sample, sampler, took
from inspector.templatetags.inspector import lasting

BOUND: Final = 100
COUNTED: Final = 1000
MANY: Final = 0.05
"""Of all calls, as errors."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One number and where it leads."""

    name: str
    value: str
    url: str
    note: str = ""
    bad: bool = False


def actors() -> Tile:
    """Counted while they are few; then what the planner believes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT FROM actors_actor LIMIT %s) AS few", [COUNTED + 1])
        (count,) = cursor.fetchone()
        if count > COUNTED:
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'actors_actor'::regclass")
            (estimate,) = cursor.fetchone()
            count = max(count, estimate)
    about = "about, with destroyed" if count > COUNTED else "with destroyed"
    return Tile("Actors", f"{count:,}", listed(), about)


def counted() -> list[Tile]:
    """What all processes count that this one can see."""
    samples = sampler(current())
    return [*_now(samples.now()), *_lately(samples.lately())]


def _now(now: Sample) -> list[Tile]:
    where = "in this process" if now.processes == 1 else f"in {now.processes} processes"
    return [
        Tile("Awake", f"{now.awake:,.0f}", listed("status=awake"), where),
        Tile("Connections", f"{now.connections:,.0f}", listed("status=awake"), where),
        Tile("Queued", f"{now.queued:,.0f}", listed("has=messages"), "with dead letters"),
    ]


def _lately(lately: Lately) -> list[Tile]:
    charts = reverse("inspector:charts")
    within = f"in {lasting(lately.seconds)}"
    failed = sum(lately.errors.values())
    named = ", ".join(_several(count, name) for name, count in lately.errors.items() if count)
    errors = f"{named or f'of {lately.calls:,.0f} calls'} {within}"
    slow = "–" if lately.slow is None else took(lately.slow)
    return [
        Tile("Errors", f"{failed:,.0f}", charts, errors, bad=failed > lately.calls * MANY),
        Tile("Call time", slow, charts, f"95 %, {within}"),
    ]


def _several(count: float, name: str) -> str:
    return f"{count:,.0f} {name.removesuffix('s') if count == 1 else name}"


def crashes(crashed: Sequence[Any]) -> Tile:
    return Tile("Crashed", few(len(crashed)), listed("status=crashed"), "and asleep", bad=bool(crashed))


def planned(due: int, late: int, orphaned: int) -> list[Tile]:
    return [
        Tile("Due", few(due), agenda("alarms"), "within 5 minutes"),
        Tile("Late", few(late), agenda("late"), "and not seen to", bad=late > 0),
        Tile("Orphaned", few(orphaned), agenda("orphaned"), "have no action", bad=orphaned > 0),
    ]


def of_nodes(known: Sequence[Any]) -> Tile:
    alive = sum(node.alive for node in known)
    return Tile("Nodes", str(alive), reverse("inspector:nodes"), "with a heartbeat", bad=alive < len(known))


def few(count: int) -> str:
    return f"{count}" if count <= BOUND else f"{BOUND}+"


def agenda(shown: str) -> str:
    return f"{reverse('inspector:agenda')}?show={shown}"


def listed(query: str = "") -> str:
    url = reverse("inspector:list")
    return f"{url}?{query}" if query else url
