"""JsonFormatter: one line of JSON for each record, the fields of the event beside its text. For `LOGGING`."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Final

# What every record has of its own, and Python 3.12's tasks.
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """`time` is UTC, `event` the text, `traceback` there where something has failed."""

    def format(self, record: logging.LogRecord) -> str:
        line = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        line |= {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
