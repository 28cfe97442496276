"""`actors list`: which actors there are, newest first, from the tables alone."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from actors.management.verbs.printing import add_json, moment, print_json, print_table
from actors.models import Actor
from actors.status import derived_status

HELP = "List actors, the newest first: actors list counter --key room/"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="of one class only, as counter")
    parser.add_argument("--key", metavar="PREFIX", help="only keys that begin so")
    parser.add_argument("--destroyed", action="store_true", help="those that are gone instead")
    parser.add_argument("--limit", type=int, default=50, help="at most so many (50)")
    add_json(parser)


def handle(options: dict[str, Any]) -> None:
    rows = Actor.objects.filter(destroyed_at__isnull=not options["destroyed"])
    if options["name"]:
        rows = rows.filter(name=options["name"])
    if options["key"]:
        rows = rows.filter(key__startswith=options["key"])
    rows = rows.defer("input").annotate(derived_status=derived_status()).order_by("-created_at", "-id")
    found = [about(row) for row in rows[: options["limit"]]]
    if options["json"]:
        print_json(found)
    elif found:
        columns = ("name", "key", "status", "created", "id")
        print_table(columns, [[actor[column] for column in columns] for actor in found])
    else:
        print("No actors.")


def about(row: Any) -> dict[str, Any]:
    """An actor's row as the verbs show it; times in ISO 8601."""
    return {
        "id": row.id,
        "name": row.name,
        "key": row.key,
        "status": row.derived_status,
        "generation": row.generation,
        "node": row.node_id,
        "created": moment(row.created_at),
        "started": moment(row.started_at),
        "awake_since": moment(row.connectable_at),
        "asleep_since": moment(row.slept_at),
        "restart_at": moment(row.restart_at),
        "paused_since": moment(row.paused_at),
        "queues_paused_since": moment(row.queues_paused_at),
        "destroyed": moment(row.destroyed_at),
        "error": row.error,
    }
