"""The framework routes of one actor: `/action/{name}`, `/`, `/health`, `/metadata`, and what is not there.

Called by the HTTP door with the actor's task in hand. RivetKit: rivetkit-core/src/registry/http.rs.
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

from django.http import HttpResponse

from actors.conf import NodeConfig
from actors.errors import ActorError, error
from actors.gateway.auth import Headers, text_header
from actors.gateway.identity import person_of
from actors.gateway.internal import Seal
from actors.gateway.responses import actor_error, json_response, mark_actor, may_retry, text_response
from actors.gateway.routes import Route
from actors.protocol.codec import Codec, codec_for_body
from actors.protocol.handshake import parse_conn_params
from actors.protocol.keys import display_key
from actors.protocol.messages import ActorSpecifier, Encoding
from actors.protocol.urls import QueryTarget
from actors.runtime.connections import ConnectRequest
from actors.runtime.registry import Registry
from actors.runtime.task import ActorTask

VERSION: Final = "2.3.19"
"""The RivetKit version whose wire this platform follows; dashboards choose their protocol by it."""

_WELCOME: Final = "This is an RivetKit actor.\n\nLearn more at https://rivetkit.org"
_ENCODINGS: Final = frozenset({"json", "cbor", "bare"})

StatusAndBody: TypeAlias = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Visit:
    """One HTTP request to one actor. `body` is cut one byte behind its limit; `seal` is another node's."""

    config: NodeConfig
    scope: MutableMapping[str, Any]
    headers: Headers
    method: str
    route: Route
    body: bytes
    seal: Seal | None = None


def check_visit(visit: Visit, registry: Registry) -> None:
    """Raises what is wrong with a request that would make its actor, as the actor itself would."""
    _check_route(visit)
    if visit.route.ask == "action" and isinstance(visit.route.target, QueryTarget):
        definition = registry.get(visit.route.target.name)
        config = visit.config.narrowed(definition.options)
        _check_size(visit, config)
        params_of(config, visit.headers)
        args = _arguments(codec_of(visit), visit.body)
        definition.action(visit.route.name).bind(args)


async def serve(visit: Visit, task: ActorTask) -> HttpResponse:
    """The actor's answer to any path below it, errors included."""
    actor = ActorSpecifier(task.actor_id, task.generation, display_key(task.key))
    codec = codec_of(visit)
    try:
        response = await _ask(visit, task, codec, actor)
    except ActorError as err:
        response = actor_error(err, codec, actor, visit.config.expose_errors)
    return mark_actor(response, actor)


def codec_of(visit: Visit) -> Codec:
    """What the answer is written in."""
    return codec_for_body(encoding_of(visit.headers), visit.body)


def encoding_of(headers: Headers) -> Encoding:
    """The encoding that errors, and the framework's answers, are to have."""
    asked = text_header(headers, b"x-rivet-encoding")
    return cast(Encoding, asked) if asked in _ENCODINGS else "json"


async def _ask(visit: Visit, task: ActorTask, codec: Codec, actor: ActorSpecifier) -> HttpResponse:
    _check_route(visit)
    ask = visit.route.ask
    if ask == "action":
        return await _act(visit, task, codec, actor)
    if ask == "page":
        return _page(visit.route.name)
    raise error("guard.not_available", feature="The queue route")


def _check_route(visit: Visit) -> None:
    ask, path = visit.route.ask, visit.route.path
    if ask in ("action", "queue"):
        _allow(visit, "POST")
    elif ask == "page":
        _allow(visit, "GET", "HEAD")
    else:
        raise error("actor.not_found", f"Actor route '{path}' was not found.", id=path, resource="route")


def _allow(visit: Visit, *methods: str) -> None:
    if visit.method not in methods:
        raise error("actor.method_not_allowed", method=visit.method, path=visit.route.path)


def _page(name: str) -> HttpResponse:
    if name == "/health":
        return text_response("ok")
    if name == "/metadata":
        response = json_response({"runtime": "rivetkit", "type": "deployed", "version": VERSION})
        response["referrer-policy"] = "no-referrer"
        return response
    return text_response(_WELCOME, "text/plain")


async def _act(visit: Visit, task: ActorTask, codec: Codec, actor: ActorSpecifier) -> HttpResponse:
    """Run the action of the route and wait for its durable answer."""
    config = visit.config.narrowed(task.definition.options)
    _check_size(visit, config)
    params = params_of(config, visit.headers)
    person = await person_of(visit.scope, visit.headers, vouched=visit.seal is not None)
    request = ConnectRequest(params, person.user, person.session, visit.scope)
    reply = HttpReply(codec, actor, config)
    task.call(request, visit.route.name, _arguments(codec, visit.body), reply)
    status, body = await reply.answer
    return may_retry(HttpResponse(body, status=status, content_type=codec.content_type))


def _check_size(visit: Visit, config: NodeConfig) -> None:
    if len(visit.body) > config.max_incoming_message:
        raise error("message.incoming_too_long")


def _arguments(codec: Codec, body: bytes) -> list[Any]:
    try:
        return codec.http_action_request(body)
    except ActorError as exc:
        raise _undecodable() from exc


def params_of(config: NodeConfig, headers: Headers) -> Any:
    """Connection params of an HTTP request. Raises message.incoming_too_long, core.internal_error (400)."""
    header = headers.get(b"x-rivet-conn-params")
    if header is None:
        return None
    if len(header) > config.max_params:
        raise error("message.incoming_too_long")
    try:
        return parse_conn_params(header)
    except ActorError as exc:
        raise _undecodable() from exc


def _undecodable() -> ActorError:
    """RivetKit's answer to a body or header that cannot be read: 400, where the code alone means 500."""
    err = error("core.internal_error")
    err.status = 400
    return err


class HttpReply:
    """Waits for one action of one HTTP request: `actors.runtime.calls.Reply`."""

    __slots__ = ("_actor", "_codec", "_config", "answer")

    def __init__(self, codec: Codec, actor: ActorSpecifier, config: NodeConfig) -> None:
        self.answer: asyncio.Future[StatusAndBody] = asyncio.get_running_loop().create_future()
        self._codec = codec
        self._actor = actor
        self._config = config

    def encode(self, output: Any) -> StatusAndBody:
        body = self._codec.http_action_response(output)
        if len(body) > self._config.max_outgoing_message:
            raise error("message.outgoing_too_long")
        return 200, body

    def encode_error(self, err: ActorError) -> StatusAndBody:
        return err.status, self._codec.http_error(err, self._actor)

    def deliver(self, frame: StatusAndBody) -> None:
        if not self.answer.done():  # cancelled when the client has gone
            self.answer.set_result(frame)
