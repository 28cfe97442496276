"""`actors show`: one actor with its stored state, from the tables alone: it sleeps on."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import msgspec

from actors.management.verbs.addresses import add_address, find
from actors.management.verbs.listing import about
from actors.management.verbs.printing import add_json, print_json, print_sheet
from actors.models import ActorState

HELP = "Show one actor and its stored state: actors show counter/main"


def add_arguments(parser: ArgumentParser) -> None:
    add_address(parser)
    add_json(parser)


def handle(options: dict[str, Any]) -> None:
    fields = about(find(options["actor"]))
    stored = ActorState.objects.filter(pk=fields["id"]).first()
    fields["revision"] = stored and stored.revision
    fields |= readable(stored)
    if options["json"]:
        print_json(fields)
        return
    problem = fields.pop("state_problem", None)
    state = problem or msgspec.json.encode(fields["state"], enc_hook=str).decode()
    print_sheet({**fields, "state": state})


def readable(stored: ActorState | None) -> dict[str, Any]:
    """`state` as plain values, None if there is none; with a `state_problem` if it is unreadable."""
    if stored is None or stored.state is None:
        return {"state": None}
    state = bytes(stored.state)
    try:
        return {"state": msgspec.msgpack.decode(state)}
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as exc:
        return {"state": None, "state_problem": f"{len(state):,} bytes that cannot be read: {exc}"}
