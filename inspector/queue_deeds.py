"""What an operator can do to queues: send, amend, remove, requeue, replay, discard. Each wakes the actor."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse

from actors.errors import ActorError, error
from actors.models import Message
from actors.protocol import cbor
from inspector import reach
from inspector.access import deed
from inspector.actor import label_of
from inspector.audit import AUDITED_CHARS, audited
from inspector.deeds import body, by_inspector, done, the
from inspector.kv import digest
from inspector.models import Deed
from inspector.queue import letters
from inspector.typed import typed
from inspector.values import shown_value


class Parcel(msgspec.Struct, forbid_unknown_fields=True):
    """`body` is JSON as it was typed, for the queue `name`."""

    name: str
    body: str


class Messages(msgspec.Struct, forbid_unknown_fields=True):
    """Messages of the queue `name`; without `ids` all of them."""

    name: str
    ids: list[int] | None = None


class Purged(Messages, forbid_unknown_fields=True):
    """Messages that wait; without `ids` all of them, and then with the actor's key, typed by hand."""

    key: str = ""


class Letters(Messages, forbid_unknown_fields=True):
    """Dead letters; without `ids` all whose error has `error` in it, whatever else it says.

    What removes all of them wants the actor's key, typed by hand.
    """

    error: str = ""
    key: str = ""


class Waiting(msgspec.Struct, forbid_unknown_fields=True):
    """A message of the queue `name`, which waits."""

    name: str
    id: int


class Rewritten(msgspec.Struct, forbid_unknown_fields=True):
    """`body` is JSON as it was typed, in place of one with the digest `seen`. The form's `id` is text."""

    name: str
    id: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,18}$")]
    body: str
    seen: str


@deed
async def send(request: HttpRequest, actor_id: str) -> HttpResponse:
    actor, asked = await the(actor_id), body(request, Parcel)
    message = msgspec.json.encode({"name": asked.name, "body": typed("body", asked.body)})
    after = {"queue": asked.name, "body": asked.body[:AUDITED_CHARS]}
    async with audited(await request.auser(), actor, Deed.SEND, after=after):
        await reach.through_inspector(actor.pk, "POST", "/queue", message)
    return JsonResponse({})


@deed
async def front(request: HttpRequest, actor_id: str) -> HttpResponse:
    """Raises inspector.state_changed for a message that waits no more."""
    actor, asked = await the(actor_id), body(request, Waiting)
    async with audited(await request.auser(), actor, Deed.FRONT, before=msgspec.to_builtins(asked)):
        if not await reach.change(actor.pk, "/queue/front", msgspec.json.encode(asked)):
            raise _changed(asked.id)
    return JsonResponse({})


@deed
async def rewrite(request: HttpRequest, actor_id: str) -> HttpResponse:
    """Replace a body. Raises inspector.state_changed unless the message waits, and holds what was seen."""
    actor, asked = await the(actor_id), body(request, Rewritten)
    wanted, number = typed("body", asked.body), int(asked.id)
    expected = await sync_to_async(_stored)(actor.pk, number)
    shown = shown_value(expected, cbor.decode).text[:AUDITED_CHARS]
    named = {"name": asked.name, "id": number}
    change = {"before": {**named, "body": shown}, "after": {"body": asked.body[:AUDITED_CHARS]}}
    async with audited(await request.auser(), actor, Deed.REWRITE, **change):
        if asked.seen != digest(expected):
            raise _changed(number)
        edit = msgspec.json.encode({**named, "expected": expected, "body": wanted})
        if not await reach.change(actor.pk, "/queue/edit", edit):
            raise _changed(number)
    return JsonResponse({})


def _stored(actor_id: str, number: int) -> bytes:
    """A message's body; nothing at all where there is no such message, which no body is."""
    row = Message.objects.filter(actor_id=actor_id, id=number).first()
    return b"" if row is None else bytes(row.body)


def _changed(number: int) -> ActorError:
    text = f"Message {number} waits no more, or is not as you have seen it: somebody was faster."
    return error("inspector.state_changed", text)


@deed
async def purge(request: HttpRequest, actor_id: str) -> HttpResponse:
    """Raises inspector.not_confirmed unless the key was typed, where all that wait are to go."""
    actor, asked = await the(actor_id), body(request, Purged)
    _check_meant(actor, asked)
    named = {"name": asked.name, "ids": asked.ids}
    async with audited(await request.auser(), actor, Deed.PURGE, before=named) as entry:
        return await done(entry, actor.pk, "/queue/purge", msgspec.json.encode(named))


requeue = by_inspector(Deed.REQUEUE, "/queue/requeue", Messages)


@deed
async def replay(request: HttpRequest, actor_id: str) -> HttpResponse:
    actor, asked = await the(actor_id), body(request, Letters)
    return await _to_letters(request, actor, Deed.REPLAY, "/queue/replay", asked)


@deed
async def discard(request: HttpRequest, actor_id: str) -> HttpResponse:
    """Raises inspector.not_confirmed unless the key was typed, where more than named ones are to go."""
    actor, asked = await the(actor_id), body(request, Letters)
    _check_meant(actor, asked)
    return await _to_letters(request, actor, Deed.DISCARD, "/queue/discard", asked)


async def _to_letters(
    request: HttpRequest, actor: Any, kind: Deed, path: str, asked: Letters
) -> HttpResponse:
    """What the error chooses is looked up now, and named in the audit."""
    ids, chosen = asked.ids, {"error": asked.error} if asked.error else {}
    if ids is None and asked.error:
        ids = await sync_to_async(_chosen)(actor.pk, asked)
    named = {"name": asked.name, "ids": ids}
    async with audited(await request.auser(), actor, kind, before={**named, **chosen}) as entry:
        return await done(entry, actor.pk, path, msgspec.json.encode(named))


def _chosen(actor_id: str, asked: Letters) -> list[int]:
    return list(letters(actor_id, asked.name, asked.error).values_list("id", flat=True))


def _check_meant(actor: Any, asked: Purged | Letters) -> None:
    if asked.ids is None and asked.key != label_of(actor):
        raise error("inspector.not_confirmed")
