"""How a person names an actor on the command line: `counter/main`, or its id. Used by the verbs for one."""

from __future__ import annotations

from argparse import ArgumentParser

from actors.errors import error
from actors.management.failures import advised
from actors.models import Actor
from actors.protocol.ids import is_actor_id
from actors.status import derived_status

HELP = "name/key, as counter/main, or the id"


def add_address(parser: ArgumentParser) -> None:
    parser.add_argument("actor", help=HELP)


def split(address: str) -> tuple[str, str]:
    """The name and the serialized key, whose parts a slash parts too; `name/` is the empty key.

    Raises command.invalid.
    """
    name, slash, key = address.partition("/")
    if not (name and slash):
        raise error("command.invalid", reason=f"{address!r} names no actor: write {HELP}.")
    return name, key or "/"


def find(address: str) -> Actor:
    """The actor's row, with `derived_status`. Raises actor.not_found if there is none. Wakes nobody."""
    found = seen(address)
    if found is None:
        missing = error("actor.not_found", f"There is no actor {address}", actor=address)
        raise advised(missing, "`manage.py actors list` shows those that exist.")
    return found


def seen(address: str) -> Actor | None:
    """As `find`, None if there is none."""
    rows = Actor.objects.annotate(derived_status=derived_status())
    if is_actor_id(address):
        return rows.filter(pk=address).first()
    name, key = split(address)
    return rows.filter(name=name, key=key, destroyed_at=None).first()
