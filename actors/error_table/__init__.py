"""Every public error of the platform, one row each: read by `actors.errors` and by the docs page.

Codes, messages and statuses that clients know are RivetKit's own (errors attributes of rivetkit-core,
guard, pegboard and api-builder); rows marked "own" exist only here. Holds data, no behaviour; each file has
one subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from actors.error_table.actor import ACTOR
from actors.error_table.atomic import ATOMIC
from actors.error_table.commands import COMMANDS
from actors.error_table.data import DATA
from actors.error_table.doors import DOORS
from actors.error_table.guard import GUARD
from actors.error_table.kind import INTERNAL_MESSAGE, ErrorKind
from actors.error_table.schedules import SCHEDULES

__all__ = ["INTERNAL_MESSAGE", "KINDS", "ErrorKind"]

KINDS: Final[Mapping[str, ErrorKind]] = {
    **ACTOR,
    **DATA,
    **SCHEDULES,
    **ATOMIC,
    **DOORS,
    **GUARD,
    **COMMANDS,
}
