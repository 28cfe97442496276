"""All that is stored of an actor, taken along as a file or put into a second actor. Neither wakes anybody.

The file is that of `manage.py actors export`, and `actors import` reads it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.http import content_disposition_header

from actors.errors import error
from actors.gateway.permissions import ADD, VIEW
from actors.gateway.platform import Platform, current
from actors.protocol.ids import new_actor_id
from actors.protocol.keys import check_key, parse_key, serialize_key
from actors.storage.archive import Archive
from actors.storage.archive_file import dump
from actors.storage.store import Store
from inspector.access import deed
from inspector.audit import audited
from inspector.deeds import body, the
from inspector.models import Deed
from inspector.reach import at_home

_NAME: Final = "{name}-{actor_id}.json"
"""Of the file: keys have characters that file systems lack."""


class Copy(msgspec.Struct, forbid_unknown_fields=True):
    """The key of the copy as it is stored, typed by hand: its parts with slashes between them."""

    key: str


@partial(deed, permission=VIEW)
async def export(request: HttpRequest, actor_id: str) -> HttpResponse:
    """The file. Whoever may look at all of it may take it along, and it is written down."""
    actor = await the(actor_id)
    async with audited(await request.auser(), actor, Deed.EXPORT):
        text = await at_home(_export(current(), actor.pk))
    name = _NAME.format(name=actor.name, actor_id=actor.pk)
    headers = {"content-disposition": content_disposition_header(True, name)}
    return HttpResponse(text, content_type="application/json", headers=headers)


@partial(deed, permission=ADD)
async def clone(request: HttpRequest, actor_id: str) -> HttpResponse:
    """A second actor with what is stored of this one but its messages; `url` is its page.

    Raises actor.duplicate_key, actor.not_registered.
    """
    actor, serialized = await the(actor_id), _typed_key(body(request, Copy).key)
    async with audited(await request.auser(), actor, Deed.CLONE, after={"key": serialized}) as entry:
        made = await at_home(_clone(current(), actor.pk, serialized))
        entry.after = {"key": serialized, "id": made}
    return JsonResponse({"url": reverse("inspector:actor", args=[made])})


def _typed_key(text: str) -> str:
    """As it is stored. A part of nothing but spaces is a key in code; typed by hand it is a slip."""
    if not text:
        raise error("inspector.invalid_request", field="key", reason="type the key of the copy")
    key = check_key(parse_key(text))
    if any(part.isspace() for part in key):
        why = "a part of it is nothing but spaces, which nobody could see: type letters or digits there"
        raise error("inspector.invalid_request", field="key", reason=why)
    return serialize_key(key)


async def _export(platform: Platform, actor_id: str) -> bytes:
    return dump(await _read(await platform.store(), actor_id), platform.clock.now_ms())


async def _clone(platform: Platform, actor_id: str, key: str) -> str:
    """The id of the copy. What waits in a queue is not done twice: it stays with its actor alone."""
    store, now = await platform.store(), platform.clock.now_ms()
    archive = await _read(store, actor_id)
    platform.registry.get(archive.name)
    copy = replace(archive, actor_id=new_actor_id(), key=key, created_at=now, started_at=None, queue=None)
    if not await store.archives.write(copy, now):
        there = await store.find(copy.name, key)
        existing = "" if there is None else there.actor_id
        raise error("actor.duplicate_key", key=key, existing_actor_id=existing)
    return copy.actor_id


async def _read(store: Store, actor_id: str) -> Archive:
    archive = await store.archives.read(actor_id)
    if archive is None:
        raise error("actor.not_found")
    return archive
