"""Seeing: who is connected to an actor that is awake here, and what holds it awake. For pages at any node.

`take` is the door `POST /actors/seen`, open to the platform's own processes alone. Unlike the inspector's it
wakes nobody, however late the question comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import Any, Final

import msgspec

from actors.errors import ActorError, error
from actors.gateway.asking import Asker, Question
from actors.gateway.elsewhere import ask
from actors.gateway.entry import read_body
from actors.gateway.platform import Platform
from actors.gateway.records import ApiRequest
from actors.protocol import json
from actors.runtime.conn import Traffic
from actors.runtime.inspection import SeenConn
from actors.runtime.task import ActorTask
from actors.runtime.work import Holder

PATH: Final = "/actors/seen"
SHOWN: Final = 200
"""Connections of one actor."""
NO_DATA: Final = "no data: "
"""How a text begins that is no JSON."""
_BODY_LIMIT: Final = 4 * 1024


class Which(msgspec.Struct):
    """The actor that is asked for."""

    actor_id: str


class Who(msgspec.Struct):
    """A user of the site: what they are called, and their row."""

    name: str
    model: str
    key: str


class Origin(msgspec.Struct):
    """Where a client came from. `path` is what it asked of its actor, `/connect` or of a raw websocket."""

    address: str
    agent: str
    path: str


class Client(msgspec.Struct):
    """A connection as a page shows it. `params` and `state` are JSON, or say that they are no data.

    The rest is as in `SeenConn`; `since` in Unix milliseconds, `round_trip` in seconds.
    """

    id: str
    user: Who | None
    origin: Origin
    params: str
    state: str
    events: list[str]
    hibernatable: bool
    encoding: str | None
    since: int | None
    traffic: Traffic | None
    round_trip: float | None
    muted: bool


class Seen(msgspec.Struct):
    """The first SHOWN of `count` connections; what holds the actor awake, or how soon it sleeps.

    `sleeps_in` is in seconds, None if it never does.
    """

    clients: list[Client]
    count: int
    holders: list[Holder]
    sleeps_in: float | None


async def take(request: ApiRequest) -> Any:
    """Raises api.forbidden, and guard.wrong_node for an actor that is not awake here."""
    if request.seal is None:
        raise error("api.forbidden")
    body = await read_body(request.http, _BODY_LIMIT, request.seal)
    actor_id = msgspec.json.decode(body, type=Which).actor_id
    seen = _here(request.platform, actor_id)
    if seen is None:
        raise error("guard.wrong_node", actor_id=actor_id)
    return seen


async def see(platform: Platform, actor_id: str) -> Seen | None:
    """What the node sees where the actor is awake. None if there is none, or it does not answer in time."""
    seen, node = _here(platform, actor_id), platform.node
    if seen is not None or node is None:
        return seen
    owner = await node.store.locate(actor_id)
    if owner is None or owner.node_id == node.node_id:
        return None
    asker = Asker(partial(ask, platform), platform.clock)
    return await asker.answer(owner, Question(PATH, Which(actor_id), Seen))


def _here(platform: Platform, actor_id: str) -> Seen | None:
    task = None if platform.node is None else platform.node.local(actor_id)
    return None if task is None else _seen(task)


def _seen(task: ActorTask) -> Seen:
    connections = task.inspection.connections()
    clients = [_client(conn) for conn in islice(connections, SHOWN)]
    return Seen(clients, len(connections), list(task.inspection.holders()), task.sleeps_in)


def _client(conn: SeenConn) -> Client:
    return Client(
        id=conn.id,
        user=_who(conn.request.user),
        origin=_origin(conn.request.scope or {}),
        params=text_of(conn.params),
        state=text_of(conn.state),
        events=list(conn.events),
        hibernatable=conn.hibernatable,
        encoding=conn.encoding,
        since=conn.request.opened_at,
        traffic=conn.traffic,
        round_trip=conn.round_trip,
        muted=conn.muted,
    )


def _origin(scope: Mapping[str, Any]) -> Origin:
    client = scope.get("client") or ("",)
    return Origin(str(client[0]), _header(scope, b"user-agent"), asked_of(scope.get("path", "")))


def asked_of(path: str) -> str:
    """What of a request's path is the actor's: before that stand its id and perhaps a token."""
    if "/gateway/" not in path:
        return path
    return "/" + path.rpartition("/gateway/")[2].partition("/")[2]


def _who(user: Any) -> Who | None:
    if user is None or user.pk is None:
        return None
    return Who(user.get_username(), user._meta.label_lower, str(user.pk))


def _header(scope: Mapping[str, Any], wanted: bytes) -> str:
    found = (value for name, value in scope.get("headers", ()) if name == wanted)
    return next(found, b"").decode("latin-1")


def text_of(value: Any) -> str:
    """JSON, or NO_DATA and the type: what an author keeps there need not be data."""
    try:
        return json.indented(value)
    except (ActorError, TypeError, ValueError):
        return f"{NO_DATA}{type(value).__name__}"
