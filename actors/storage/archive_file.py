"""An archive as the text of one file: JSON, bytes in base64, with the version of its form.

Used by `actors export` and `actors import`. Another form gets another number, and old files stay readable.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from actors.errors import ActorError, error
from actors.protocol.ids import is_actor_id
from actors.protocol.keys import check_key, parse_key, serialize_key
from actors.storage.archive import Archive

VERSION: Final = 1


class _Head(msgspec.Struct):
    """What every version begins with."""

    format: Literal["rivet-actor"]
    version: int


class _File(_Head):
    exported_at: int
    actor: Archive


def dump(archive: Archive, now: int) -> bytes:
    """The text, in lines that a person can compare."""
    file = _File("rivet-actor", VERSION, now, archive)
    return msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n"


def load(text: bytes) -> Archive:
    """Raises actor.invalid_request, actor.key_too_large."""
    try:
        version = msgspec.json.decode(text, type=_Head).version
        if version != VERSION:
            raise _unreadable(f"it has version {version}, and this release reads {VERSION}")
        archive = msgspec.json.decode(text, type=_File).actor
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise _unreadable(str(wrong)) from wrong
    if not is_actor_id(archive.actor_id):
        raise _unreadable("the id has not the form of an id")
    if serialize_key(check_key(parse_key(archive.key))) != archive.key:
        raise _unreadable("the key has not the form of a key")
    return archive


def _unreadable(reason: str) -> ActorError:
    return error("actor.invalid_request", reason=f"this is no archive of an actor: {reason}")
