"""PlainFormatter: lines for people, with the fields of the event as `name=value` behind. For `LOGGING`."""

from __future__ import annotations

import json
import logging
from typing import Any, Final

from actors.logs import AUTHOR, EVENTS

LONGEST: Final = 80


class PlainFormatter(logging.Formatter):
    """Shows the fields of the table alone: what authors add to their own records may be anything."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        event = EVENTS.get(str(record.msg))
        values = vars(record)
        shown = [
            f"{name}={_written(values[name])}"
            for name in (AUTHOR if event is None else event.fields)
            if values.get(name) is not None
        ]
        return " ".join((super().formatMessage(record), *shown))


def _written(value: Any) -> str:
    """In one word, or quoted: a name must not look like another field, or another line."""
    text = str(value)
    if len(text) > LONGEST:
        text = text[:LONGEST] + "..."
    plain = text.isprintable() and not set(text) & set(' "=')
    return text if text and plain else json.dumps(text)
