"""What `manage.py actors` does, written down as what people do in the dashboard. Called by the commands."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from django.db.models import Q

from actors.management.audit import Deed as Commanded
from actors.management.audit import Note
from actors.models import Actor
from inspector.audit import AUDITED_CHARS, ending, note
from inspector.models import AuditEntry, Deed

DEEDS: Final[Mapping[str, Deed]] = {
    "call": Deed.CALL,
    "wake": Deed.WAKE,
    "sleep": Deed.SLEEP,
    "pause": Deed.HOLD,
    "pause queues": Deed.HOLD_QUEUES,
    "resume": Deed.LET_GO,
    "resume queues": Deed.LET_GO_QUEUES,
    "destroy": Deed.DESTROY,
    "export": Deed.EXPORT,
    "import": Deed.IMPORT,
    "outbox retry": Deed.RETRY,
    "outbox discard": Deed.FORGET,
}


@contextmanager
def written(deed: Commanded) -> Iterator[Note]:
    """A row around one deed. An actor that the deed makes has its id afterwards."""
    entry = AuditEntry.objects.create(
        who=who(),
        actor_id=_id_of(deed),
        actor=f"{deed.name}[{deed.key}]",
        deed=DEEDS[deed.word],
        before=_shortened(deed.before),
        after=_shortened(deed.after),
    )
    try:
        with ending(entry):
            yield partial(note, entry)
    finally:
        entry.actor_id = entry.actor_id or _id_of(deed)
        entry.save(update_fields=["outcome", "actor_id"])


def _id_of(deed: Commanded) -> str:
    """Empty where nobody has that name and key."""
    meant = Q(key=deed.key) | Q(pk=deed.key)  # a call of the outbox may have the id for a key
    living = Actor.objects.filter(meant, name=deed.name, destroyed_at=None)
    return deed.actor_id or living.values_list("pk", flat=True).first() or ""


def who() -> str:
    """The command, and who is logged in on the machine: no user of Django's has typed it."""
    user = os.getuid()
    try:
        login = pwd.getpwuid(user).pw_name  # not as the environment says, which anybody can set
    except KeyError:  # a container may know its user by number alone
        login = f"uid {user}"
    return f"manage.py ({login})"


def _shortened(change: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if change is None:
        return None
    return {
        name: value[:AUDITED_CHARS] if isinstance(value, str) else value for name, value in change.items()
    }
