"""`GET /openapi.json`: the HTTP doors as an OpenAPI 3.1 document, for people and their tools.

Made from the table of operations, the types that the doors read and write, and the table of errors. Says
nothing of this site but where the doors are mounted and what its session cookie is called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from actors.errors import ERRORS
from actors.gateway.framework import VERSION
from actors.gateway.openapi_operations import OPERATIONS, Door, Operation
from actors.gateway.responses import JSON, json_response
from actors.gateway.routes import mount_prefix

Json: TypeAlias = dict[str, Any]


class Error(msgspec.Struct, omit_defaults=True):
    """`group.code` is the address of the error, for machines; `message` is for people."""

    group: str
    code: str
    message: str
    metadata: Any = None


_ACTOR_ID: Final = {"type": "string", "pattern": "^[0-9a-z]{30}$"}
_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}

_IN_PATH: Final[Mapping[str, Json]] = {
    "actor_id": _ACTOR_ID,
    "action": {"type": "string", "minLength": 1},
    "queue": {"type": "string", "minLength": 1},
    "key": {"type": "string", "minLength": 1, "description": "Raw bytes in base64."},
}
_IN_QUERY: Final[Mapping[str, Json]] = {
    "limit": {**_COUNT, "maximum": 999_999_999},
    "include_destroyed": {"type": "boolean"},
}
"""The parameters that are no plain text."""

_SCHEMES: Final[Mapping[str, Json]] = {
    "platformToken": {"type": "http", "scheme": "bearer", "description": 'ACTORS["TOKEN"] of the site.'},
    "platformTokenHeader": {"type": "apiKey", "in": "header", "name": "x-rivet-token"},
    "inspectorToken": {"type": "http", "scheme": "bearer", "description": "The token of that one actor."},
}
_LETS_IN: Final[Mapping[Door, tuple[str, ...]]] = {
    "open": (),
    "management": ("platformToken", "platformTokenHeader", "session"),
    "actor": ("platformToken", "platformTokenHeader", "session"),
    "inspector": ("platformToken", "inspectorToken", "session"),
}
_REFUSED: Final[Mapping[Door, str]] = {"management": "403", "actor": "403", "inspector": "401"}
_AWAY: Final = "It passes: ask again after the seconds of `Retry-After`."


@require_safe
async def document(request: ASGIRequest) -> HttpResponse:
    """Open to all: it holds no secret."""
    return json_response(described(mount_prefix(), settings.SESSION_COOKIE_NAME))


@lru_cache(maxsize=8)
def described(prefix: str, cookie: str) -> Json:
    """The document for doors mounted at `prefix`."""
    types = {operation.answer for operation in OPERATIONS} | {operation.body for operation in OPERATIONS}
    named = [Error, *(kind for kind in types if kind is not None and kind != dict[str, Any])]
    _, schemas = msgspec.json.schema_components(named, ref_template="#/components/schemas/{name}")
    session = {"type": "apiKey", "in": "cookie", "name": cookie}
    paths: Json = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Actors", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": prefix.rstrip("/") or "/"}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {**_SCHEMES, "session": session}},
        "x-errors": {
            name: {"message": kind.message, "status": kind.status, "managementStatus": kind.status_api}
            for name, kind in ERRORS.items()
        },
    }


_ABOUT: Final = (
    "The management API, the HTTP routes of one actor, and its inspector. In place of its id an actor may be "
    "named, as the page on compatibility says. `x-errors` has every `group.code` that is answered."
)


def _operation(operation: Operation) -> Json:
    told: Json = {
        "summary": operation.summary,
        "operationId": _name(operation),
        "tags": [operation.door],
        "parameters": _parameters(operation),
        "security": [{scheme: []} for scheme in _LETS_IN[operation.door]],
        "responses": _responses(operation),
    }
    if operation.body is not None:
        told["requestBody"] = {"required": True, "content": _content(operation.body)}
    return told


def _parameters(operation: Operation) -> list[Json]:
    inside = re.findall(r"{(\w+)}", operation.path)
    told = [{"name": name, "in": "path", "required": True, "schema": _IN_PATH[name]} for name in inside]
    if operation.door == "management":
        told.append(_query("namespace", operation.namespaced))
    return told + [_query(name, False) for name in operation.query]


def _query(name: str, required: bool) -> Json:
    return {"name": name, "in": "query", "required": required, "schema": _IN_QUERY.get(name, _TEXT)}


def _responses(operation: Operation) -> Json:
    answer = operation.answer
    good: Json = {"text/plain": {"schema": _TEXT}} if answer is None else _content(answer)
    failed = _content(Error)
    told: Json = {"200": {"description": "Done.", "content": good}}
    if operation.path == "/ready":
        told["503"] = {"description": "Not to be sent work.", "content": good}
        return told
    if operation.door == "open":
        return told | {"503": _passing(failed)} if operation.path == "/health" else told
    refused = {"description": "Nobody who may do this.", "content": failed}
    told[_REFUSED[operation.door]] = refused
    told["429"] = _passing(failed)
    told["4XX"] = {"description": "What was wrong, and nothing has changed.", "content": failed}
    if operation.door == "actor" or "/action/" in operation.path:
        told["500"] = {"description": "What the author's code has raised.", "content": failed}
    told["503"] = _passing(failed)
    return told


def _passing(failed: Json) -> Json:
    return {
        "description": _AWAY,
        "content": failed,
        "headers": {"Retry-After": {"required": True, "schema": _COUNT}},
    }


def _content(kind: Any) -> Json:
    schema: Json = {"type": "object"}
    if kind != dict[str, Any]:
        schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {JSON: {"schema": schema}}


def _name(operation: Operation) -> str:
    words = re.findall(r"[a-z]+", operation.path)
    return "_".join([operation.method.lower(), *words])
