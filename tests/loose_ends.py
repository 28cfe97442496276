"""What asyncio only logs: tasks that were dropped while they waited, and exceptions that nobody asked for.

In its debug mode also whatever else it finds amiss. That a step was slow is the machine's fault.
"""

from __future__ import annotations

import logging
from typing import Final

SLOW: Final = "Executing "


class LooseEnds(logging.Handler):
    """Collects complaints. They come when objects are freed, so maybe a test later than their cause."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._found: list[str] = []

    def watch(self) -> None:
        logging.getLogger("asyncio").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if not text.startswith(SLOW):
            self._found.append(text)

    def take(self) -> list[str]:
        """The complaints since it was last asked."""
        found, self._found = self._found, []
        return found
