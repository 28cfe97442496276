"""What an operator can do to the keys of an actor: write one, delete one, delete all that begin alike.

A key is changed only while it still holds what the page has shown. Each wakes the actor.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse

from actors.errors import ActorError, error
from actors.models import KvEntry
from actors.protocol import cbor
from inspector import reach
from inspector.access import deed
from inspector.actor import label_of
from inspector.audit import AUDITED_CHARS, audited
from inspector.deeds import body, the
from inspector.kv import digest, key_of, readable
from inspector.models import Deed
from inspector.typed import typed_value


class Written(msgspec.Struct, forbid_unknown_fields=True):
    """`value` as it was typed, to be read as `kind`; `ttl` in seconds, empty: it stays.

    `seen` is the digest of what the page has shown, empty for a key that was not there.
    """

    name: str
    kind: Literal["text", "CBOR", "hex"]
    value: str
    ttl: str = ""
    seen: str = ""


class Deleted(msgspec.Struct, forbid_unknown_fields=True):
    """As `Written`."""

    name: str
    seen: str


class Cleared(msgspec.Struct, forbid_unknown_fields=True):
    """All keys that begin with `prefix`; `key` is that of the actor, typed by hand."""

    prefix: str
    key: str


@deed
async def put(request: HttpRequest, actor_id: str) -> HttpResponse:
    actor, asked = await the(actor_id), body(request, Written)
    after = {"key": asked.name, "kind": asked.kind, "value": asked.value[:AUDITED_CHARS], "ttl": asked.ttl}
    wanted = {"value": _value(asked), "ttl": _seconds(asked.ttl)}
    await _write(request, actor, Deed.PUT, asked, wanted, after)
    return JsonResponse({})


@deed
async def delete(request: HttpRequest, actor_id: str) -> HttpResponse:
    actor, asked = await the(actor_id), body(request, Deleted)
    await _write(request, actor, Deed.DELETE, asked, {"value": None}, None)
    return JsonResponse({})


@deed
async def clear(request: HttpRequest, actor_id: str) -> HttpResponse:
    """Raises inspector.not_confirmed unless the key of the actor was typed as it is."""
    actor, asked = await the(actor_id), body(request, Cleared)
    if asked.key != label_of(actor):
        raise error("inspector.not_confirmed")
    wanted = msgspec.json.encode({"prefix": key_of(asked.prefix)})
    async with audited(await request.auser(), actor, Deed.CLEAR, before={"prefix": asked.prefix}):
        await reach.through_inspector(actor.pk, "POST", "/kv/clear", wanted)
    return JsonResponse({})


async def _write(request: HttpRequest, actor: Any, kind: Deed, asked: Any, wanted: Any, after: Any) -> None:
    """Raises inspector.state_changed if the key is not as it was seen."""
    key = key_of(asked.name)
    expected = await sync_to_async(_stored)(actor.pk, key)
    shown = None if expected is None else readable(expected)[1][:AUDITED_CHARS]
    change = {"before": {"key": asked.name, "value": shown}, "after": after}
    async with audited(await request.auser(), actor, kind, **change):
        if asked.seen != ("" if expected is None else digest(expected)):
            raise _changed()
        write = msgspec.json.encode({"key": key, "expected": expected, **wanted})
        if not await reach.change(actor.pk, "/kv", write):
            raise _changed()


def _stored(actor_id: str, key: bytes) -> bytes | None:
    row = KvEntry.objects.filter(actor_id=actor_id, key=key).first()
    return None if row is None else bytes(row.value)


def _changed() -> ActorError:
    return error("inspector.state_changed", "The key has changed since you looked at it.")


def _value(asked: Written) -> bytes:
    """Raises inspector.invalid_request for what is none of its kind."""
    try:
        if asked.kind == "hex":
            return bytes.fromhex(asked.value)
        return (
            cbor.encode(typed_value("value", asked.value)) if asked.kind == "CBOR" else asked.value.encode()
        )
    except ValueError as exc:
        raise error("inspector.invalid_request", field="value", reason=f"this is no hex: {exc}") from exc


def _seconds(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError as exc:
        raise error("inspector.invalid_request", field="ttl", reason="it is a number of seconds") from exc
