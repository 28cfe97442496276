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
    fields["state"] = None if stored is None or stored.state is None else readable(bytes(stored.state))
    if options["json"]:
        print_json(fields)
    else:
        print_sheet({**fields, "state": msgspec.json.encode(fields["state"], enc_hook=str).decode()})


def readable(state: bytes) -> Any:
    """A stored state as plain values."""
    return msgspec.msgpack.decode(state)
