"""What Postgres can hold as text: everything but NUL and lone surrogates.

Every Store checks what it is given, so that memory and Postgres refuse the same strings in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors.errors import error
from actors.storage.store import ClaimRequest, NewActor

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def check_text(*values: str | None) -> None:
    """Raises actor.invalid_request for a string that cannot be stored; None passes."""
    for value in values:
        if value is not None and not _storable(value):
            raise error("actor.invalid_request", reason=f"{value!r} holds a NUL or a lone surrogate")


def check_new(new: NewActor) -> None:
    """`check_text` over the texts of an actor to be made."""
    check_text(new.actor_id, new.name, new.key, new.crash_policy)


def check_claim(request: ClaimRequest) -> None:
    """`check_text` over the texts of a claim."""
    check_text(request.actor_id, request.name, request.key)
    if request.new is not None:
        check_new(request.new)


def clean(value: Any) -> Any:
    """A JSON-like value with unstorable characters replaced: an error report must never fail to be stored."""
    match value:
        case str():
            return value if _storable(value) else _replace(value)
        case Mapping():
            return {str(clean(str(key))): clean(item) for key, item in value.items()}
        case list() | tuple():
            return [clean(item) for item in value]
        case None | bool() | int():
            return value
        case float():
            # JSON has no NaN and no infinities.
            return value if abs(value) < float("inf") else repr(value)
        case _:
            return clean(str(value))


def _storable(value: str) -> bool:
    if "\0" in value:
        return False
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _replace(value: str) -> str:
    whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", REPLACEMENT)
