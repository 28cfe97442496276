"""What an operator can do to a connection: close it, with a reason that its client is told.

An actor that sleeps with its sockets open is woken for it.
"""

from __future__ import annotations

import msgspec

from inspector.deeds import by_inspector
from inspector.models import Deed


class Unwanted(msgspec.Struct, forbid_unknown_fields=True):
    """A connection of an actor, and why it is to go."""

    id: str
    reason: str


disconnect = by_inspector(Deed.DISCONNECT, "/connections/disconnect", Unwanted)
