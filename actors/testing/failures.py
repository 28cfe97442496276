"""What went wrong where nobody was told: background code of actors, and exceptions that nobody retrieved.

Collected while a node under test runs; a test takes what it expects, and what is left fails it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

# Logged by the runtime with a traceback because its caller is answered with less.
ANSWERED: Final = frozenset(
    {
        "an action failed",
        "a connection was refused by an error",
        "a message was refused by an error",
        "an actor could not be made",
    }
)


@dataclass(frozen=True, slots=True)
class Failure:
    """`what` in words; `error` is what was raised; `actor` the id of the actor if one is known."""

    what: str
    error: BaseException | None
    actor: str | None = None

    def __str__(self) -> str:
        where = "" if self.actor is None else f" (actor {self.actor})"
        return f"{self.what}{where}" + ("" if self.error is None else f": {self.error!r}")


class Failures(logging.Handler):
    """The runtime's error records, and the loop's complaints."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._found: list[Failure] = []

    @contextmanager
    def watching(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        runtime = logging.getLogger("actors.runtime")
        before = loop.get_exception_handler()
        loop.set_exception_handler(self._complaint)
        runtime.addHandler(self)
        gc.freeze()  # what was there before need not be searched at the end: that takes a tenth of a second
        try:
            yield
        finally:
            gc.unfreeze()
            runtime.removeHandler(self)
            loop.set_exception_handler(before)

    def take(self) -> list[Failure]:
        """What has been found since the last time."""
        # An exception that nobody retrieved is found when its task is freed.
        gc.collect()
        found, self._found = self._found, []
        return found

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.getMessage() not in ANSWERED:
            self._found.append(
                Failure(record.getMessage(), record.exc_info[1], getattr(record, "actor_id", None))
            )

    def _complaint(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        task = context.get("task") or context.get("future")
        name = f" in {task.get_name()!r}" if isinstance(task, asyncio.Task) else ""
        self._found.append(Failure(f"{context['message']}{name}", context.get("exception")))
