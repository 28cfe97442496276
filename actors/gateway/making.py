"""The writing half of the management API: create, get or create, destroy.

A new actor is started in the background, as RivetKit does; the answer does not wait for it.
"""

from __future__ import annotations

from base64 import b64decode
from functools import partial
from typing import Literal, TypeVar

import msgspec

from actors.errors import ActorError, error
from actors.gateway.api_shapes import ActorFound, ActorMade, Done
from actors.gateway.elsewhere import check_hops, through_owner
from actors.gateway.entry import read_body
from actors.gateway.forward import Answer, Call
from actors.gateway.internal import Seal
from actors.gateway.platform import Platform
from actors.gateway.records import ApiRequest, actor_json, bad_request, check_id
from actors.gateway.resolve import POOL, check_input
from actors.gateway.routes import url_of
from actors.gateway.wire import error_in
from actors.protocol import cbor
from actors.protocol.ids import new_actor_id
from actors.protocol.keys import check_key, parse_key, serialize_key
from actors.protocol.urls import escape
from actors.storage.store import ActorRecord, ClaimRequest, HeldElsewhere, NewActor

T = TypeVar("T")


class CreateRequest(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    runner_name_selector: str
    crash_policy: Literal["restart", "sleep", "destroy"]
    key: str | None = None
    input: str | None = None
    datacenter: str | None = None


class GetOrCreateRequest(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    key: str
    runner_name_selector: str
    crash_policy: Literal["restart", "sleep", "destroy"]
    input: str | None = None
    datacenter: str | None = None


async def create(request: ApiRequest) -> ActorMade:
    """`POST /actors`. Raises actor.duplicate_key with the id of the actor that has the key."""
    platform = request.platform
    new = _new_actor(platform, await read_json(request, CreateRequest))
    store = await platform.store()
    record = await store.create(new)
    _start(platform, record)
    return {"actor": actor_json(record, platform.config)}


async def get_or_create(request: ApiRequest) -> ActorFound:
    """`PUT /actors`."""
    platform = request.platform
    new = _new_actor(platform, await read_json(request, GetOrCreateRequest))
    store = await platform.store()
    record, created = await store.get_or_create(new)
    if created:
        _start(platform, record)
    return {"actor": actor_json(record, platform.config), "created": created}


async def destroy(request: ApiRequest, actor_id: str) -> Done:
    """`DELETE /actors/{id}`: returns when the actor is gone; once more is fine. Raises actor.not_found."""
    request.query()
    check_id(actor_id)
    store = await request.platform.store()
    records = await store.get([actor_id])
    if not records:
        raise error("actor.not_found")
    if records[0].destroyed_at is None:
        await destroy_actor(request.platform, actor_id, request.seal)
    return {}


async def destroy_actor(platform: Platform, actor_id: str, seal: Seal | None = None) -> None:
    """Here or by the owner, whose own error is raised if it cannot. `seal`: of the node that has asked us."""
    node = await platform.ready()
    held = await node.destroy(actor_id)
    if not isinstance(held, HeldElsewhere):
        return
    check_hops(seal, held)
    call = Call("DELETE", url_of(f"/actors/{actor_id}", f"namespace={escape(platform.config.namespace)}"))
    result = await through_owner(platform, held, call, partial(node.destroy, actor_id))
    if isinstance(result, Answer) and result.status != 200:
        raise error_in(result)


async def read_json(request: ApiRequest, kind: type[T]) -> T:
    """The body as `kind`. Raises api.bad_request in the words of the API."""
    request.query()
    if request.http.content_type != "application/json":
        raise bad_request("Expected request with `Content-Type: application/json`")
    config = request.platform.config
    limit = config.max_input * 4 // 3 + config.max_incoming_message  # the input travels as base64
    body = await read_body(request.http, limit, request.seal)
    if len(body) > limit:
        raise error("actor.input_too_large", max_size=config.max_input)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as exc:
        raise bad_request(f"Failed to deserialize the JSON body into the target type: {exc}") from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise bad_request(f"Failed to parse the request body as JSON: {exc}") from exc


def _new_actor(platform: Platform, body: CreateRequest | GetOrCreateRequest) -> NewActor:
    config = platform.config
    platform.registry.get(body.name)
    if body.key == "":
        raise error("actor.empty_key")
    if body.runner_name_selector != POOL:
        raise error(
            "actor.no_runner_config_configured",
            namespace=config.namespace,
            pool_name=body.runner_name_selector,
        )
    if body.datacenter not in (None, "default"):
        raise error("datacenter.not_found")
    return NewActor(
        actor_id=new_actor_id(),
        name=body.name,
        key=serialize_key(check_key(parse_key(body.key))),
        input=check_input(platform, body.name, None if body.input is None else _input(body.input)),
        crash_policy=body.crash_policy,
        created_at=platform.clock.now_ms(),
    )


def _input(text: str) -> bytes:
    """The CBOR in the field `input`. Raises api.bad_request."""
    try:
        data = b64decode(text, validate=True)
        cbor.load(data)
    except (ValueError, ActorError) as exc:
        raise bad_request("input: expected CBOR in standard base64") from exc
    return data


def _start(platform: Platform, record: ActorRecord) -> None:
    platform.clock.spawn(_ensure(platform, record.actor_id), name=f"actors-start-{record.actor_id}")


async def _ensure(platform: Platform, actor_id: str) -> None:
    try:
        node = await platform.ready()
        await node.ensure(ClaimRequest(actor_id=actor_id))
    except ActorError:
        pass  # the node has logged it and the record shows it; the first call will meet it again
