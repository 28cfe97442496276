"""How a person names an actor on the command line: `counter/main`, or its id. Used by the verbs for one."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import CommandError

from actors.models import Actor
from actors.protocol.ids import is_actor_id
from actors.status import derived_status

HELP = "name/key, as counter/main, or the id"


def add_address(parser: ArgumentParser) -> None:
    parser.add_argument("actor", help=HELP)


def split(address: str) -> tuple[str, str]:
    """The name and the serialized key, whose parts a slash parts too; `name/` is the empty key."""
    name, slash, key = address.partition("/")
    if not (name and slash):
        raise CommandError(f"{address!r} names no actor: write {HELP}.")
    return name, key or "/"


def find(address: str) -> Actor:
    """The actor's row, with `derived_status`. Raises CommandError if there is none. Wakes nobody."""
    rows = Actor.objects.annotate(derived_status=derived_status())
    if is_actor_id(address):
        found = rows.filter(pk=address).first()
    else:
        name, key = split(address)
        found = rows.filter(name=name, key=key, destroyed_at=None).first()
    if found is None:
        raise CommandError(f"There is no actor {address}. `manage.py actors list` shows those that exist.")
    return found
