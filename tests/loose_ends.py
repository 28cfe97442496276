"""What asyncio only logs: tasks that were dropped while they waited, and exceptions that nobody asked for."""

from __future__ import annotations

import logging
from typing import Final

COMPLAINTS: Final = (
    "Task was destroyed",
    "Task exception was never retrieved",
    "Future exception was never retrieved",
)


class LooseEnds(logging.Handler):
    """Collects complaints. They come when objects are freed, so maybe a test later than their cause."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[str] = []

    def watch(self) -> None:
        logging.getLogger("asyncio").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if text.startswith(COMPLAINTS):
            self._found.append(text)

    def take(self) -> list[str]:
        """The complaints since it was last asked."""
        found, self._found = self._found, []
        return found
