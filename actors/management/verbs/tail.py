"""`actors tail`: what becomes of one actor, line by line, as the tables tell it: it is never woken for that.

What an actor does between two commits stands in no table: actions and live connections are not told.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from actors.gateway.platform import current
from actors.management.verbs.addresses import add_address, find
from actors.management.verbs.printing import add_json, moment
from actors.management.verbs.show import readable
from actors.models import ActorState, Message, Schedule

HELP = "Follow an actor's changes as they are stored: actors tail counter/main"


def add_arguments(parser: ArgumentParser) -> None:
    add_address(parser)
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two looks (1)")
    parser.add_argument("--looks", type=int, help="end after so many looks; without, on Ctrl-C")
    add_json(parser)


def handle(options: dict[str, Any]) -> None:
    actor_id, left = find(options["actor"]).id, options["looks"]
    before: dict[str, Any] = {}
    with suppress(KeyboardInterrupt):
        while True:
            after = look(actor_id)
            for name, value in changes(before, after):
                _say(name, value, options["json"])
            before, left = after, None if left is None else left - 1
            if left == 0 or after["status"] == "destroyed":
                return
            time.sleep(options["interval"])


def look(actor_id: str) -> dict[str, Any]:
    """What is stored of the actor now, by the words of the lines that tell it."""
    actor: Any = find(actor_id)
    stored = ActorState.objects.filter(pk=actor_id).first()
    state = None if stored is None or stored.state is None else readable(bytes(stored.state))
    messages = Message.objects.filter(actor_id=actor_id)
    return {
        "status": actor.derived_status,
        "generation": actor.generation,
        "node": actor.node_id,
        "error": actor.error,
        "state": state,
        "messages": messages.filter(died_at=None).count(),
        "dead_letters": messages.filter(died_at__isnull=False).count(),
        "schedules": Schedule.objects.filter(actor_id=actor_id).count(),
    }


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What differs between two looks; all of it, if there was none before."""
    for name, value in after.items():
        if name not in before or before[name] != value:
            yield name, value


def _say(name: str, value: Any, as_json: bool) -> None:
    at = moment(current().clock.now_ms())
    if as_json:
        line = msgspec.json.encode({"at": at, "what": name, "value": value}, enc_hook=str).decode()
    else:
        shown = value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
        line = f"{at}  {name:<12}  {shown}"
    print(line, flush=True)
