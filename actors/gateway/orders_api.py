"""Orders to one actor through the management API: to sleep, to pause and others. And its inspector's token.

The dashboard's buttons. Here or by the owner, and without waking whoever sleeps.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from functools import partial
from typing import Final

import msgspec

from actors.conf import NodeConfig
from actors.errors import error
from actors.gateway.api_shapes import Done, KeyValue
from actors.gateway.elsewhere import check_hops, through_owner
from actors.gateway.forward import JSON, Answer, Call
from actors.gateway.inspector_auth import inspector_token
from actors.gateway.internal import Seal
from actors.gateway.making import read_json
from actors.gateway.platform import Platform
from actors.gateway.records import ApiRequest, bad_request, check_id
from actors.gateway.routes import url_of
from actors.gateway.wire import error_in
from actors.protocol.urls import escape
from actors.runtime.orders import ORDERS
from actors.storage.store import HeldElsewhere

TOKEN_KEY: Final = b"\x03"
"""The one key of RivetKit's own that its dashboard asks for."""


class EmptyBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of an order."""


async def order(request: ApiRequest, actor_id: str, word: str) -> Done:
    """`POST /actors/{id}/{word}`, a word of ORDERS. Raises actor.not_found, and as the order itself."""
    await read_json(request, EmptyBody)
    check_id(actor_id)
    await give(request.platform, actor_id, word, request.seal)
    return {}


async def kv_key(request: ApiRequest, actor_id: str, key: str) -> KeyValue:
    """`GET /actors/{id}/kv/keys/{base64}`: the token of the inspector, and nothing that actors keep.

    Raises actor.not_found and actor.kv_key_not_found.
    """
    request.query()
    check_id(actor_id)
    try:
        raw = b64decode(key, validate=True)
    except ValueError as exc:
        raise bad_request("Invalid URL: the key is no base64") from exc
    store = await request.platform.store()
    records = await store.get([actor_id])
    if not records or records[0].destroyed_at is not None:
        raise error("actor.not_found")
    token = inspector_token(request.platform.config, actor_id)
    if raw != TOKEN_KEY or token is None:
        raise error("actor.kv_key_not_found")
    return {"value": b64encode(token.encode()).decode(), "update_ts": records[0].created_at}


async def give(platform: Platform, actor_id: str, word: str, seal: Seal | None = None) -> None:
    """Here or by the owner, whose own error is raised if it cannot. `seal`: of the node that has asked us.

    One that sleeps sleeps on. Raises actor.not_found, and as the order itself.
    """
    node = await platform.ready()
    carry_out = partial(ORDERS[word], node, actor_id, platform.clock)
    held = await carry_out()
    if isinstance(held, HeldElsewhere):
        check_hops(seal, held)
        result = await through_owner(platform, held, order_call(platform.config, actor_id, word), carry_out)
        if isinstance(result, Answer) and result.status != 200:
            raise error_in(result)


def order_call(config: NodeConfig, actor_id: str, word: str) -> Call:
    """An order as another node is given it."""
    return Call(
        "POST", url_of(f"/actors/{actor_id}/{word}", f"namespace={escape(config.namespace)}"), JSON, b"{}"
    )
