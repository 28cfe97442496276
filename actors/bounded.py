"""Reading for a page that people wait for: given up when it takes too long. For admin and inspector."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from actors.errors import error
from actors.logs import UNREACHABLE

LONGEST_READ: Final = 3
"""Seconds that the database may take for one statement of a page."""
_BOUND: Final = "SELECT set_config('statement_timeout', %s, true), set_config('enable_seqscan', 'off', true)"
"""A page shows a hundred rows: what has no index is not to be found by reading a whole table beside it."""

logger = logging.getLogger(__name__)


@contextmanager
def bounded() -> Iterator[None]:
    """Raises inspector.too_slow, storage.unavailable."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_BOUND, [f"{LONGEST_READ * 1000:.0f}"])
            yield
    except OperationalError as exc:
        if isinstance(exc.__cause__, QueryCanceled):
            raise error("inspector.too_slow", seconds=LONGEST_READ) from exc
        UNREACHABLE.say(logger, {"error": str(exc).strip()})
        raise error("storage.unavailable") from exc
