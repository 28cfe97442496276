"""`actors outbox`: calls that Django code has committed: those that wait, and those given up."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any, Final

from actors.errors import error
from actors.gateway import outbox_operator
from actors.gateway.platform import current
from actors.management.audit import Deed, witnessed
from actors.management.verbs.asking import add_no_input, confirm
from actors.management.verbs.printing import add_json, moment, print_json, print_table
from actors.models import OutboxCall

HELP = "List calls of the outbox that wait; retry or discard those given up: actors outbox --failed"
SHOWN_ERROR: Final = 60


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--failed", action="store_true", help="those that were given up instead")
    parser.add_argument("--limit", type=int, default=50, help="at most so many (50)")
    add_json(parser)
    words = parser.add_subparsers(dest="word", metavar="retry|discard")
    for word, text in (
        ("retry", "Have calls that were given up delivered after all"),
        ("discard", "Remove calls that were given up"),
    ):
        below = words.add_parser(word, help=text, description=text)
        below.add_argument("ids", metavar="id", type=int, nargs="+", help="as `actors outbox` shows it")
        if word == "discard":
            add_no_input(below)


def handle(options: dict[str, Any]) -> None:
    if options["word"] == "retry":
        now = current().clock.now_ms()
        _each(options, lambda row_id: outbox_operator.retry(row_id, now), "will be tried again")
    elif options["word"] == "discard":
        question = f"{_meant(len(options['ids']))} will be gone. Type discard to go on: "
        confirm(options, question, "discard")
        _each(options, outbox_operator.discard, "is gone")
    else:
        _list(options)


def _meant(count: int) -> str:
    return "This call and what it asks for" if count == 1 else f"These {count} calls and what they ask for"


def _each(options: dict[str, Any], act: Callable[[int], bool], done: str) -> None:
    """Raises outbox.not_given_up for all for which there was nothing to do, once the others are done."""
    rows = OutboxCall.objects.defer("body", "target").in_bulk(options["ids"])
    acted: list[int] = []
    others: list[int] = []
    for row_id in options["ids"]:
        row = rows.get(row_id)
        found = row is not None and _one(options["word"], row, act)
        (acted if found else others).append(row_id)
        if found and not options["json"]:
            print(f"call {row_id} {done}")
    if options["json"] and acted:
        print_json({"ids": acted, "done": options["word"]})
    if others:
        raise error("outbox.not_given_up", ids=", ".join(map(str, others)))


def _one(word: str, row: OutboxCall, act: Callable[[int], bool]) -> bool:
    before = {"id": row.pk, "kind": row.kind, "member": row.member, "error": row.error}
    with witnessed(Deed(f"outbox {word}", "", row.name, row.key, before)) as note:
        found = act(row.pk)
        note(found)
        return found


def _list(options: dict[str, Any]) -> None:
    """Those given up the newest first, the others by the time of their next attempt."""
    rows = OutboxCall.objects.filter(failed_at__isnull=not options["failed"]).defer("body", "target")
    now = current().clock.now_ms()
    ordered = rows.order_by("-failed_at" if options["failed"] else "next_at", "id")
    found = [_about(row, now) for row in ordered[: options["limit"]]]
    if options["json"]:
        print_json(found)
    elif found:
        columns = ("id", "actor", "member", "stage", "stored", "attempts", "error")
        print_table(columns, [[_cell(call[column]) for column in columns] for call in found])
    else:
        print("No calls.")


def _about(call: OutboxCall, now: int) -> dict[str, Any]:
    return {
        "id": call.pk,
        "actor": f"{call.name}/{call.key}",
        "kind": call.kind,
        "member": call.member,
        "stage": call.stage(now),
        "stored": moment(call.created_at),
        "next_attempt": moment(call.next_at) if call.failed_at is None else None,
        "given_up": moment(call.failed_at),
        "attempts": call.attempts,
        "error": call.error,
    }


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= SHOWN_ERROR else f"{text[: SHOWN_ERROR - 1]}…"
