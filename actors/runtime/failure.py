"""What is kept of a failure: a line that everybody may read, and of that of a message a trace for the staff.

Called by the mailbox and by `crash`. Both can be stored whatever the exception has in its text, and neither
grows without bound.
"""

from __future__ import annotations

from traceback import format_exception
from typing import Final

from actors.storage.text import clean

LONGEST_ERROR: Final = 500
LONGEST_TRACE: Final = 8000
"""In characters."""
CUT: Final = "\n  ... shortened here ...\n"


def reason_of(failure: BaseException) -> str:
    """What it is, and what it says if it says anything."""
    return f"{type(failure).__name__}: {failure}".removesuffix(": ")


def line_of(reason: str) -> str:
    """A reason as it is stored."""
    return str(clean(reason))[:LONGEST_ERROR]


def trace_of(failure: BaseException) -> str:
    """Its traceback, with those of its causes. A long one loses its middle: both ends tell more."""
    text = str(clean("".join(format_exception(failure))))
    if len(text) <= LONGEST_TRACE:
        return text
    half = (LONGEST_TRACE - len(CUT)) // 2
    return f"{text[:half]}{CUT}{text[-half:]}"
