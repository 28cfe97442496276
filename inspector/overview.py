"""The first page: how much of everything there is, and what needs somebody.

Numbers are estimates of the planner, or counted up to a bound: a million actors are not counted for a tile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from asgiref.sync import async_to_sync
from django.db import connection
from django.urls import reverse

from actors.gateway.platform import current
from actors.models import Actor, Message
from actors.status import CRASHED, derived_status
from inspector import reach
from inspector.agenda import count_late, count_orphaned
from inspector.cluster import nodes
from inspector.screens import Look, Screen

BOUND: Final = 100
COUNTED: Final = 1000
SHOWN_TROUBLES: Final = 20
SHOWN_DEAD: Final = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """One number and where it leads."""

    name: str
    value: str
    url: str
    note: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that needs somebody, and where to mend it."""

    what: str
    which: str
    url: str
    since: Any = None


def read(look: Look) -> dict[str, Any]:
    crashed = list(_crashed())
    known = nodes()
    late, orphaned = count_late(BOUND + 1), count_orphaned(BOUND + 1)
    return {
        "section": "overview",
        "tiles": [_actors(), _crashes(crashed), *_of_nodes(known), *_planned(late, orphaned)],
        "troubles": [*_down(), *_silent(known), *_overdue(late, orphaned), *_dead(), *_loops(crashed)],
        "more": len(crashed) > SHOWN_TROUBLES,
    }


def _actors() -> Tile:
    """Counted while they are few; then what the planner believes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT FROM actors_actor LIMIT %s) AS few", [COUNTED + 1])
        (count,) = cursor.fetchone()
        if count > COUNTED:
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'actors_actor'::regclass")
            (estimate,) = cursor.fetchone()
            count = max(count, estimate)
    about = "about, with those destroyed" if count > COUNTED else "with those destroyed"
    return Tile("Actors", f"{count:,}", _listed(), about)


def _crashed() -> Any:
    rows = Actor.objects.filter(error__isnull=False, destroyed_at__isnull=True).defer("input")
    return (
        rows.annotate(status=derived_status())
        .filter(status=CRASHED)
        .order_by("-created_at", "-id")[: BOUND + 1]
    )


def _crashes(crashed: list[Any]) -> Tile:
    return Tile("Crashed", _few(len(crashed)), _listed("status=crashed"), bad=bool(crashed))


def _few(count: int) -> str:
    return f"{count}" if count <= BOUND else f"{BOUND}+"


def _planned(late: int, orphaned: int) -> list[Tile]:
    return [
        Tile("Late", _few(late), _agenda("late"), "due, and not seen to", bad=late > 0),
        Tile("Orphaned", _few(orphaned), _agenda("orphaned"), "schedules without action", bad=orphaned > 0),
    ]


def _agenda(shown: str) -> str:
    return f"{reverse('inspector:agenda')}?show={shown}"


def _down() -> list[Trouble]:
    """What the platform stands on, as far as it is down."""
    url = reverse("inspector:nodes")
    found = async_to_sync(reach.dependencies_found)()
    return [Trouble(f"{one.text}. {one.without}", one.part, url) for one in found if not one.well]


def _dead() -> list[Trouble]:
    """The actors of the latest dead letters: by the index that holds no other messages."""
    rows = Message.objects.filter(died_at__isnull=False).order_by("-died_at", "-actor_id", "-id")
    found: dict[str, list[int]] = {}
    for actor_id, died_at in rows.values_list("actor_id", "died_at")[:BOUND]:
        found.setdefault(actor_id, []).append(died_at or 0)
    shown = list(found)[:SHOWN_DEAD]
    actors = Actor.objects.only("name", "key").in_bulk(shown)
    return [
        Trouble(
            f"Dead letters: {len(found[actor_id])} of the latest {BOUND}. Replay them once it is mended",
            f"{actors[actor_id].name}[{actors[actor_id].key}]",
            reverse("inspector:queue", args=[actor_id]),
            found[actor_id][0],
        )
        for actor_id in shown
        if actor_id in actors
    ]


def _overdue(late: int, orphaned: int) -> list[Trouble]:
    found = []
    if late:
        what = "Alarms are late: does Celery beat run, and a node with the class?"
        found.append(Trouble(what, f"{_few(late)} late", _agenda("late")))
    if orphaned:
        what = "Schedules have lost their action: bring it back, or delete them"
        found.append(Trouble(what, f"{_few(orphaned)} orphaned", _agenda("orphaned")))
    return found


def _of_nodes(known: list[Any]) -> list[Tile]:
    alive = sum(node.alive for node in known)
    url = reverse("inspector:nodes")
    tiles = [Tile("Nodes", str(alive), url, "with a heartbeat", bad=alive < len(known))]
    own = current().node
    if own is not None:
        stats = own.stats()
        tiles += [
            Tile("Awake", f"{stats.awake:,}", _listed("status=awake"), "in this process"),
            Tile("Connections", f"{stats.connections:,}", _listed("status=awake"), "in this process"),
        ]
    return tiles


def _silent(known: list[Any]) -> list[Trouble]:
    url = reverse("inspector:nodes")
    return [
        Trouble(
            "Node is silent: its actors start elsewhere when somebody calls", node.pk, url, node.heartbeat_at
        )
        for node in known
        if not node.alive
    ]


def _loops(crashed: list[Any]) -> list[Trouble]:
    return [
        Trouble(
            f"Crashed: {row.error.get('group')}.{row.error.get('code')}",
            f"{row.name}[{row.key}]",
            reverse("inspector:actor", args=[row.pk]),
            row.slept_at,
        )
        for row in crashed[:SHOWN_TROUBLES]
    ]


def _listed(query: str = "") -> str:
    url = reverse("inspector:list")
    return f"{url}?{query}" if query else url


OVERVIEW: Final = Screen("overview", read)
