"""JSON as people type it: read, or refused with the place where it stops to be JSON. For deeds."""

from __future__ import annotations

import json as stdlib
from typing import Any, Final

import msgspec

from actors.errors import ActorError, error
from actors.protocol import json

_REST: Final = 20


def typed(field: str, text: str) -> msgspec.Raw:
    """The text as it is. Raises inspector.invalid_request."""
    try:
        msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError) as exc:
        raise _refused(field, text, exc) from exc
    return msgspec.Raw(text.encode())


def typed_value(field: str, text: str) -> Any:
    """What the text stands for. Raises inspector.invalid_request."""
    try:
        return json.decode(text)
    except ActorError as exc:
        raise _refused(field, text, exc) from exc


def typed_list(field: str, text: str) -> list[Any]:
    """The values of a list, none of no text. Raises inspector.invalid_request."""
    values = typed_value(field, text or "[]")
    if not isinstance(values, list):
        raise error("inspector.invalid_request", field=field, reason='it is a list: [1, "two"]')
    return values


def _refused(field: str, text: str, exc: Exception) -> ActorError:
    return error("inspector.invalid_request", field=field, reason=f"this is no JSON: {_place(text) or exc}")


def _place(text: str) -> str:
    """What is wrong where, with what stands there. Empty where only our own reading is stricter."""
    try:
        stdlib.loads(text)
    except stdlib.JSONDecodeError as exc:
        rest = text[exc.pos : exc.pos + _REST]
        there = f"before {rest}" if rest else "at the end"
        return f"{exc.msg}, line {exc.lineno}, column {exc.colno}, {there}"
    except (ValueError, RecursionError):
        return ""
    return ""
