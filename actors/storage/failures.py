"""What a database error means in the terms of the Store contract. Used by the pool and the channels."""

from __future__ import annotations

import logging
from typing import Final

import psycopg

from actors.errors import error
from actors.logs import STATEMENT_REFUSED
from actors.storage.store import StoreInterrupted, StoreRejected

# How often a statement that lost a conflict is sent in all.
TRIES: Final = 3

# By class of SQLSTATE: data exception, constraint violation, program limit; rollback; shutdown, connection.
_DATA: Final = ("22", "23", "54")
_CONFLICT: Final = ("40",)
_SHUTDOWN: Final = ("57P", "08")

logger = logging.getLogger(__name__)


class Conflict(Exception):
    """A deadlock or a serialization failure: nothing was applied, the statement may be sent again."""


def meaning(failure: psycopg.Error, name: str, *, broken: bool) -> Exception:
    """The exception to raise for a failed statement; `broken` says that its connection is gone."""
    state = failure.sqlstate or ""
    summary = str(failure).partition("\n")[0]
    if state.startswith(_CONFLICT):
        return Conflict(summary)
    if state.startswith(_DATA) or (not state and isinstance(failure, psycopg.DataError)):
        return StoreRejected(summary)
    if broken or state.startswith(_SHUTDOWN):
        return StoreInterrupted(f"{name}: {summary}")
    # Not what Postgres says in detail: that quotes the row.
    said = failure.diag.message_primary or type(failure).__name__
    STATEMENT_REFUSED.say(logger, {"statement": name, "error": f"{state} {said}".strip()})
    return error("storage.unavailable")
