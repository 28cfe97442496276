"""`actors tail`: what becomes of one actor, or of all of a class, line by line. Nobody is woken for it.

Of one actor the tables tell what is stored. Calls, events and connections stand in no table: the nodes tell
them, from the first look on.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from actors.api.registry import registry
from actors.errors import error
from actors.gateway.operator import Operator
from actors.gateway.platform import current
from actors.management.failures import advised
from actors.management.verbs.addresses import find
from actors.management.verbs.printing import add_json, moment
from actors.management.verbs.show import readable
from actors.models import ActorState, Message, Node, Schedule
from actors.protocol.ids import is_actor_id

HELP = "Follow an actor, or all actors of a class: actors tail counter/main, actors tail counter"

Line = tuple[int, str, str, Any]
"""When, of whom, what, and how it is now."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("actor", help="name/key, as counter/main, the id, or the name of a class")
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two looks (1)")
    parser.add_argument("--looks", type=int, help="end after so many looks; without, on Ctrl-C")
    add_json(parser)


def handle(options: dict[str, Any]) -> None:
    address, left = options["actor"], options["looks"]
    look, of_one = _looking(address)
    with suppress(KeyboardInterrupt):
        while True:
            ended = False
            for at, actor, what, value in look():
                _say(at, "" if of_one else actor, what, value, options["json"])
                ended = ended or (of_one and (what, value) == ("status", "destroyed"))
            left = None if left is None else left - 1
            if left == 0 or ended:
                return
            time.sleep(options["interval"])


def _looking(address: str) -> tuple[Callable[[], Iterator[Line]], bool]:
    """What to do at each look, and whether it is at one actor. Raises actor.not_found, .not_registered."""
    if "/" in address or is_actor_id(address):
        actor_id = str(find(address).pk)
        return _Looks(actor_id, actor_id).look, True
    if address not in registry:
        known = ", ".join(registry.names())
        stranger = error("actor.not_registered", f"{address!r} is no class of actors", actor_name=address)
        raise advised(stranger, f"There are {known}. One actor is name/key.")
    return _Looks(address, None).look, False


class _Looks:
    """Looks at the nodes, and of one actor at its rows; what a look finds, the next one leaves out."""

    def __init__(self, of: str, actor_id: str | None) -> None:
        self._of = of
        self._actor_id = actor_id
        self._operator = Operator(current())
        self._known: dict[str, int] = {}
        self._before: dict[str, Any] = {}

    def look(self) -> Iterator[Line]:
        """Raises guard.service_unavailable where no node runs that could tell."""
        for one in self._happened():
            if one.kind == "state" and self._actor_id is not None:
                continue  # its row tells more
            yield one.at, one.actor, one.kind, " ".join(filter(None, (one.what, one.note)))
        if self._actor_id is not None:
            after = stored(self._actor_id)
            for name, value in changes(self._before, after):
                yield current().clock.now_ms(), self._actor_id, name, value
            self._before = after

    def _happened(self) -> Iterator[Any]:
        if not Node.objects.exists():
            if self._actor_id is None:
                silence = error("guard.service_unavailable", "No node is running")
                raise advised(silence, "Start one with `manage.py actors serve`.")
            return
        yield from self._operator.happenings(self._of, self._known)


def stored(actor_id: str) -> dict[str, Any]:
    """What is stored of the actor now, by the words of the lines that tell it."""
    actor: Any = find(actor_id)
    row = ActorState.objects.filter(pk=actor_id).first()
    messages = Message.objects.filter(actor_id=actor_id)
    return {
        "status": actor.derived_status,
        "generation": actor.generation,
        "node": actor.node_id,
        "error": actor.error,
        **readable(row),
        "messages": messages.filter(died_at=None).count(),
        "dead_letters": messages.filter(died_at__isnull=False).count(),
        "schedules": Schedule.objects.filter(actor_id=actor_id).count(),
    }


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What differs between two looks; all of it, if there was none before."""
    for name, value in after.items():
        if name not in before or before[name] != value:
            yield name, value


def _say(at: int, actor: str, what: str, value: Any, as_json: bool) -> None:
    if as_json:
        told = {"at": moment(at), **({"actor": actor} if actor else {}), "what": what, "value": value}
        line = msgspec.json.encode(told, enc_hook=str).decode()
    else:
        shown = value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
        line = "  ".join(filter(None, (moment(at), actor, f"{what:<12}", shown)))
    print(line, flush=True)
