"""What an operator can do to an actor: each a POST of JSON below `do/`, and each with an audit row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Literal, TypeVar

import msgspec
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse

from actors.errors import ActorError, error, sanitize
from actors.gateway.permissions import DELETE
from actors.gateway.platform import current
from actors.gateway.rays import new_ray_id
from actors.protocol import json
from actors.runtime.calls import led_to_by
from inspector import reach
from inspector.access import AsyncView, deed, explained
from inspector.actor import find, label_of
from inspector.audit import AUDITED_CHARS, audited, note
from inspector.mending import UNREADABLE, mend
from inspector.models import AuditEntry, Deed
from inspector.state import stored_text
from inspector.typed import typed, typed_list

B = TypeVar("B", bound=msgspec.Struct)


class Confirmation(msgspec.Struct, forbid_unknown_fields=True):
    """The actor's key, typed by hand."""

    key: str


class Edit(msgspec.Struct, forbid_unknown_fields=True):
    """`state` is JSON as it was typed, to replace what is stored as `revision`."""

    state: str
    revision: int


class Invocation(msgspec.Struct, forbid_unknown_fields=True):
    """`args` is the JSON of a list, as it was typed. `timeout` in seconds, None: the actor's own limit."""

    action: str
    args: str
    timeout: Literal[5, 30, 120] | None = None


def of_actor(kind: Deed, act: Callable[[str], Awaitable[None]]) -> AsyncView:
    """A deed that asks for nothing but its actor."""

    @deed
    async def view(request: HttpRequest, actor_id: str) -> HttpResponse:
        actor = await the(actor_id)
        async with audited(await request.auser(), actor, kind):
            await act(actor.pk)
        return JsonResponse({})

    return view


def by_inspector(kind: Deed, path: str, asks: type[msgspec.Struct]) -> AsyncView:
    """A deed that an endpoint of the actor's inspector does with what is asked. Wakes the actor."""

    @deed
    async def view(request: HttpRequest, actor_id: str) -> HttpResponse:
        actor, asked = await the(actor_id), body(request, asks)
        before = msgspec.to_builtins(asked)
        async with audited(await request.auser(), actor, kind, before=before) as entry:
            return await done(entry, actor.pk, path, msgspec.json.encode(asked))

    return view


async def done(entry: AuditEntry, actor_id: str, path: str, asked: bytes) -> HttpResponse:
    """Have that endpoint do it. `nothing`: what it was to be done to has gone, or is so already."""
    found = await reach.change(actor_id, path, asked)
    note(entry, found)
    return JsonResponse({"nothing": not found})


wake = of_actor(Deed.WAKE, reach.wake)
sleep = of_actor(Deed.SLEEP, reach.sleep)
restart = of_actor(Deed.RESTART, partial(reach.order, word="reschedule"))
save = of_actor(Deed.SAVE, partial(reach.order, word="save"))
hold = of_actor(Deed.HOLD, partial(reach.order, word="pause"))
let_go = of_actor(Deed.LET_GO, partial(reach.order, word="resume"))
hold_queues = of_actor(Deed.HOLD_QUEUES, partial(reach.order, word="pause-queues"))
let_go_queues = of_actor(Deed.LET_GO_QUEUES, partial(reach.order, word="resume-queues"))


@partial(deed, permission=DELETE)
async def destroy(request: HttpRequest, actor_id: str) -> HttpResponse:
    """Raises inspector.not_confirmed unless the key was typed as it is."""
    actor = await the(actor_id)
    if body(request, Confirmation).key != label_of(actor):
        raise error("inspector.not_confirmed")
    async with audited(await request.auser(), actor, Deed.DESTROY):
        await reach.destroy(actor.pk)
    return JsonResponse({})


@deed
async def edit(request: HttpRequest, actor_id: str) -> HttpResponse:
    """Replace the state, unless it has changed since. Wakes the actor."""
    actor, asked = await the(actor_id), body(request, Edit)
    patch = msgspec.json.encode({"state": typed("state", asked.state), "revision": asked.revision})
    before = await sync_to_async(stored_text)(actor.pk)
    change = {"before": before[:AUDITED_CHARS], "after": asked.state[:AUDITED_CHARS]}
    async with audited(await request.auser(), actor, Deed.EDIT, **change):
        mended = await _replace(actor.pk, asked, patch)
    if mended:
        await reach.wake(actor.pk)
    return JsonResponse({})


async def _replace(actor_id: str, asked: Edit, patch: bytes) -> bool:
    """Have the actor do it. True: it does not start with what is stored, so that was mended without it."""
    try:
        await reach.through_inspector(actor_id, "PATCH", "/state", patch)
    except ActorError as err:
        if err.name != UNREADABLE:
            raise
        await mend(actor_id, asked.state, asked.revision)
        return True
    return False


@deed
async def call(request: HttpRequest, actor_id: str) -> HttpResponse:
    """Run an action: its result as JSON text, or what it raised, and how long it took in ms.

    `ray` is the id of the request: it stands in the audit, in the timeline and in the logs of the actor.
    """
    actor, asked, clock = await the(actor_id), body(request, Invocation), current().clock
    args, ray = typed_list("args", asked.args), new_ray_id()
    after = {"action": asked.action, "args": asked.args[:AUDITED_CHARS], "ray": ray}
    began = clock.monotonic()
    try:
        async with audited(await request.auser(), actor, Deed.CALL, after=after):
            with led_to_by(ray):
                output = await _answer(actor, asked, args)
            told: dict[str, Any] = {"result": json.indented(output)}
    except ActorError as err:
        told = {"refused": explained(sanitize(err, current().config.expose_errors))}
    return JsonResponse({**told, "took_ms": round((clock.monotonic() - began) * 1000, 1), "ray": ray})


async def _answer(actor: Any, asked: Invocation, args: list[Any]) -> Any:
    """Raises inspector.timed_out once nobody waits any more; the action goes on."""
    try:
        async with current().clock.timeout(asked.timeout):
            return await reach.call(actor, asked.action, args)
    except TimeoutError as exc:
        raise error("inspector.timed_out", seconds=asked.timeout) from exc


async def the(actor_id: str) -> Any:
    """The actor's row. Raises actor.not_found, also for one that is destroyed."""
    actor = await sync_to_async(find)(actor_id)
    if actor.destroyed_at is not None:
        raise error("actor.not_found")
    return actor


def body(request: HttpRequest, kind: type[B]) -> B:
    """The JSON of the request. Raises inspector.invalid_request."""
    try:
        return msgspec.json.decode(request.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as exc:
        raise error("inspector.invalid_request", field="body", reason=str(exc)) from exc
