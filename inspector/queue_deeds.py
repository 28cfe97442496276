"""What an operator can do to queues: send, remove, requeue, replay, discard. Each wakes the actor."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse

from actors.errors import error
from inspector import reach
from inspector.access import deed
from inspector.actor import label_of
from inspector.audit import audited, note
from inspector.deeds import AUDITED_CHARS, body, by_inspector, the, typed
from inspector.models import Deed


class Parcel(msgspec.Struct, forbid_unknown_fields=True):
    """`body` is JSON as it was typed, for the queue `name`."""

    name: str
    body: str


class Letters(msgspec.Struct, forbid_unknown_fields=True):
    """Messages or dead letters of the queue `name`; without `ids` all of them."""

    name: str
    ids: list[int] | None = None


class Purged(Letters, forbid_unknown_fields=True):
    """Messages that wait; without `ids` all of them, and then with the actor's key, typed by hand."""

    key: str = ""


@deed
async def send(request: HttpRequest, actor_id: str) -> HttpResponse:
    actor, asked = await the(actor_id), body(request, Parcel)
    message = msgspec.json.encode({"name": asked.name, "body": typed("body", asked.body)})
    after = {"queue": asked.name, "body": asked.body[:AUDITED_CHARS]}
    async with audited(await request.auser(), actor, Deed.SEND, after=after):
        await reach.through_inspector(actor.pk, "POST", "/queue", message)
    return JsonResponse({})


@deed
async def purge(request: HttpRequest, actor_id: str) -> HttpResponse:
    """Raises inspector.not_confirmed unless the key was typed, where all that wait are to go."""
    actor, asked = await the(actor_id), body(request, Purged)
    if asked.ids is None and asked.key != label_of(actor):
        raise error("inspector.not_confirmed")
    named = {"name": asked.name, "ids": asked.ids}
    async with audited(await request.auser(), actor, Deed.PURGE, before=named) as entry:
        note(entry, await reach.change(actor.pk, "/queue/purge", msgspec.json.encode(named)))
    return JsonResponse({})


requeue = by_inspector(Deed.REQUEUE, "/queue/requeue", Letters)
replay = by_inspector(Deed.REPLAY, "/queue/replay", Letters)
discard = by_inspector(Deed.DISCARD, "/queue/discard", Letters)
