"""LogSchema: holds every record of the platform in every test against the table in actors/logs.py."""

from __future__ import annotations

import logging

from actors.logs import EVENTS

OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
AUTHORS = "actors.actor."


class LogSchema(logging.Handler):
    """Collects what is wrong with records; `take` gives it, and begins anew."""

    def __init__(self) -> None:
        super().__init__()
        self._wrong: list[str] = []

    def watch(self) -> None:
        logging.getLogger("actors").addHandler(self)

    def take(self) -> list[str]:
        wrong, self._wrong = self._wrong, []
        return wrong

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(AUTHORS):
            self._wrong += faults(record)


def faults(record: logging.LogRecord) -> list[str]:
    """What the table does not allow about a record."""
    event = EVENTS.get(str(record.msg))
    if event is None:
        return [f"{record.name} says {record.msg!r}, which is no event"]
    found = []
    if record.levelno != event.level:
        found.append(f"{event.text!r} at level {record.levelname}")
    fields = set(vars(record)) - OWN
    if fields != set(event.fields):
        found.append(f"{event.text!r} with {sorted(fields)}, not {sorted(event.fields)}")
    if bool(record.exc_info) != event.traced:
        found.append(f"{event.text!r} traced: {bool(record.exc_info)}")
    return found
