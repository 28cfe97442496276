"""What may be sent to a queue: refused here, by whichever door it comes, before anything is stored.

Called by the mailbox alone.
"""

from __future__ import annotations

import math
import reprlib
from typing import Any, Final

from actors.errors import error

FRAME: Final = 17
"""Bytes that RivetKit's own record of a message has beside name and body, by which its size is counted."""

MAX_DELAY: Final = 100 * 365 * 86_400
"""A century, in seconds."""

MAX_PRIORITY: Final = 2**31 - 1
MAX_DEDUPE: Final = 1024
"""In bytes of UTF-8."""


def check_size(name: str, body: bytes, limit: int) -> None:
    """Raises queue.message_too_large."""
    size = FRAME + len(name.encode()) + len(body)
    if size > limit:
        raise error("queue.message_too_large", size=size, limit=limit)


def check_manner(delay: Any, priority: Any, dedupe: Any) -> None:
    """Raises queue.invalid_request."""
    if not is_number(delay) or not 0 <= delay <= MAX_DELAY:
        raise _refusal(f"delay is a number of seconds from 0 to {MAX_DELAY}, not {delay!r}")
    if not isinstance(priority, int) or isinstance(priority, bool) or abs(priority) > MAX_PRIORITY:
        raise _refusal(f"priority is a whole number up to {MAX_PRIORITY}, not {priority!r}")
    if dedupe is not None and not _is_key(dedupe):
        kind = f"text of 1 to {MAX_DEDUPE} bytes without zeros"
        raise _refusal(f"dedupe is {kind}, not {reprlib.repr(dedupe)}")


def check_seconds(what: str, seconds: Any) -> None:
    """Of a timeout or a lease, None where there is none. Raises queue.invalid_request."""
    if seconds is not None and (not is_number(seconds) or seconds < 0):
        raise _refusal(f"{what} is a number of seconds from 0, not {seconds!r}")


def check_count(what: str, count: Any) -> None:
    """Raises queue.invalid_request."""
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise _refusal(f"{what} is a whole number from 1, not {count!r}")


def _refusal(reason: str) -> Exception:
    return error("queue.invalid_request", reason=reason)


def is_number(value: Any) -> bool:
    """Finite, and no bool."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_key(value: Any) -> bool:
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        return 0 < len(value.encode()) <= MAX_DEDUPE
    except UnicodeEncodeError:
        return False
