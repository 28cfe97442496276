"""The tab of the keys that an actor keeps: a page of them by prefix, or one folder of their tree.

Each is shown as text, JSON, CBOR or hex. Read from the table by its primary key: an awake actor has nothing
that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import msgspec

from actors.errors import ActorError, error
from actors.gateway.platform import current
from actors.models import KvEntry
from actors.protocol import cbor, json
from actors.storage.kv import MAX_KEY, KvRange
from inspector.actor import tab
from inspector.kv_folders import Child, level, steps
from inspector.screens import Look

PAGE: Final = 100
SHOWN: Final = 4096
COUNTED: Final = 1000
HEX: Final = "0x"
FOLDER: Final = "folder"


@dataclass(frozen=True, slots=True)
class Entry:
    """One key as it is shown, or a folder. `name` names it again: text, or hex behind `0x`.

    `seen` is its value's digest; `form` fills the form to change it, None for what is shown in part.
    """

    name: str
    size: int
    kind: str
    value: str
    expires_at: int | None
    seen: str
    form: dict[str, str] | None


def read(look: Look, actor: Any) -> dict[str, Any]:
    prefix, by, after = (look.query.get(name, "") for name in ("prefix", "by", "after"))
    span = KvRange.of_prefix(key_of(prefix))
    found = _folders(actor.pk, prefix, by, after) if by else _keys(actor.pk, span, after)
    now = current().clock.now_ms()
    living = [one for one in found[:PAGE] if one.expires_at is None or one.expires_at > now]
    return {
        "prefix": prefix,
        "by": by,
        "steps": [name_of(step) for step in steps(key_of(prefix), key_of(by))] if by else [],
        "entries": [_folder(one.name) if one.folder else _entry(one) for one in living],
        "more": name_of(found[PAGE - 1].name) if len(found) > PAGE else None,
        "count": _count(actor.pk, span) if prefix else None,
        "counted": COUNTED,
    }


def _keys(actor_id: str, span: KvRange, after: str) -> Sequence[Child]:
    """A page of all keys, and one more if there are more."""
    start = max(span.start, key_of(after) + b"\0") if after else span.start
    rows = KvEntry.objects.filter(actor_id=actor_id, key__gte=start, key__lt=span.end).order_by("key")
    return [Child(bytes(row.key), False, bytes(row.value), row.expires_at) for row in rows[: PAGE + 1]]


def _folders(actor_id: str, prefix: str, by: str, after: str) -> Sequence[Child]:
    """As `_keys`, of one level of the tree."""
    delimiter = key_of(by)
    if not delimiter:
        raise error("inspector.invalid_request", field="by", reason="a delimiter has at least one byte")
    return level(actor_id, key_of(prefix), delimiter, key_of(after) if after else None, PAGE + 1)


def _folder(name: bytes) -> Entry:
    return Entry(name_of(name), 0, FOLDER, "", None, "", None)


def _count(actor_id: str, span: KvRange) -> int:
    """How many keys begin so, COUNTED + 1 at most."""
    rows = KvEntry.objects.filter(actor_id=actor_id, key__gte=span.start, key__lt=span.end)
    return len(rows.values_list("key")[: COUNTED + 1])


def key_of(name: str) -> bytes:
    """The key that `name` stands for. Raises inspector.invalid_request."""
    try:
        key = bytes.fromhex(name.removeprefix(HEX)) if name.startswith(HEX) else name.encode()
    except ValueError as exc:
        raise error(
            "inspector.invalid_request", field="key", reason="behind 0x stand pairs of hex digits"
        ) from exc
    if len(key) > MAX_KEY:
        reason = f"it has {len(key):,} bytes, and a key has at most {MAX_KEY:,}"
        raise error("inspector.invalid_request", field="key", reason=reason)
    return key


def name_of(key: bytes) -> str:
    """A key as text where that is readable and unmistakable, else as hex."""
    text = _text(key)
    return f"{HEX}{key.hex()}" if text is None or text.startswith(HEX) else text


def _entry(key: Child) -> Entry:
    value = key.value
    kind, shown = readable(value)
    name, seen = name_of(key.name), digest(value)
    typed = "text" if kind == "JSON" else kind
    whole = len(value) <= SHOWN and len(shown) < SHOWN
    form = {"name": name, "kind": typed, "value": shown, "ttl": "", "seen": seen} if whole else None
    return Entry(name, len(value), kind, shown, key.expires_at, seen, form)


def digest(value: bytes) -> str:
    """By which a page says what it has shown."""
    return sha256(value).hexdigest()


def readable(value: bytes) -> tuple[str, str]:
    """What the bytes seem to be, and they themselves in that form."""
    head = value[:SHOWN]
    text = _text(head)
    if text is not None:
        return ("JSON" if _is_json(value) else "text"), text
    try:
        return "CBOR", json.indented(cbor.decode(value))[:SHOWN]
    except (ActorError, msgspec.MsgspecError, TypeError, ValueError):
        return "hex", head.hex(" ")


def _text(data: bytes) -> str | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return text if text.replace("\n", "").replace("\t", "").isprintable() else None


def _is_json(value: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(value), dict | list)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


KV: Final = tab("kv", read)
