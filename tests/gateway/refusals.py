"""Requests at every door of one actor, each of which may be spoilt; what comes back, in a few words."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import quote

import httpx
from django.core.handlers.asgi import ASGIHandler

from actors.error_table import INTERNAL_MESSAGE
from actors.errors import ERRORS, error
from actors.gateway.asgi import ActorsApplication
from actors.protocol import cbor
from tests.gateway.sockets import Socket

TOKEN: Final = "t" * 40
DOORS: Final = ("action", "queue", "raw", "connect", "websocket", "api")
PATHS: Final = {
    "action": "/action/write",
    "queue": "/queue/lines",
    "raw": "/request/page",
    "connect": "/connect",
    "websocket": "/websocket/page",
}
OWN_TEXT: Final = {"user.members_only": "Members only."}


@dataclass(frozen=True)
class Asked:
    """One request. Without a change it is fine at every door. `said` is its body, or its first message."""

    name: str = "tome"
    query: tuple[tuple[str, str], ...] = (
        ("namespace", "default"),
        ("method", "getOrCreate"),
        ("runner", "default"),
        ("key", "k"),
    )
    target: str | None = None
    path: str | None = None
    whole: str | None = None
    http_method: str = "POST"
    headers: dict[str, str] = field(default_factory=lambda: {"authorization": f"Bearer {TOKEN}"})
    params: str | None = None
    encoding: str = "json"
    said: Any = None
    wish: dict[str, Any] = field(default_factory=dict)

    def asking(self, **changes: str) -> Asked:
        """Some `rvt-` parameters are others."""
        return replace(self, query=tuple({**dict(self.query), **changes}.items()))

    def url(self, door: str) -> str:
        if self.whole is not None:
            return self.whole
        rest = PATHS[door] if self.path is None else self.path
        if self.target is not None:
            return f"/gateway/{self.target}{rest}"
        words = "&".join(f"rvt-{name}={quote(value)}" for name, value in self.query)
        return f"/gateway/{self.name}{rest}?{words}"


class Site:
    """The doors. Each method says what came back: `status group.code`, `code group.code`, or `done`.

    A `*` says that the actor itself has answered.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def ask(self, door: str, asked: Asked) -> str:
        if door in ("connect", "websocket"):
            return await self._open(door, asked)
        if door == "api":
            return await self._manage(asked)
        said = asked.said
        if said is None:
            said = json.dumps({"body": "hello"} if door == "queue" else {"args": ["hello"]})
        headers = {**asked.headers, "x-rivet-encoding": asked.encoding}
        if asked.params is not None:
            headers["x-rivet-conn-params"] = asked.params
        response = await self._http.request(asked.http_method, asked.url(door), content=said, headers=headers)
        words = _seen(response)
        if response.status_code != 200 and "x-rivet-actor" not in response.headers:
            assert response.headers["x-rivet-error"] == words.split()[1]
        return words

    async def _manage(self, asked: Asked) -> str:
        query = dict(asked.query)
        wish = {"name": asked.name, "key": query["key"], "crash_policy": "sleep"}
        if "runner" in query:
            wish["runner_name_selector"] = query["runner"]
        method = "PUT" if asked.http_method == "POST" else asked.http_method
        url = "/actors" + (asked.path or "")
        if "namespace" in query:
            url += f"?namespace={query['namespace']}"
        content = json.dumps({**wish, **asked.wish}) if asked.said is None else asked.said
        headers = {**asked.headers, "content-type": "application/json"}
        return _seen(await self._http.request(method, url, content=content, headers=headers))

    async def _open(self, door: str, asked: Asked) -> str:
        offered = ["rivet", f"rivet_encoding.{asked.encoding}"]
        if asked.params is not None:
            offered.append(f"rivet_conn_params.{quote(asked.params)}")
        socket = Socket(ActorsApplication(ASGIHandler()), asked.url(door), offered)
        await socket.open(asked.headers)
        said = asked.said
        if said is None:
            said = action_frame("write", "hello") if door == "connect" else "hello"
        try:
            await socket.send(said)
            return await _heard(socket)
        finally:
            await socket.leave()


def action_frame(name: str, *args: Any) -> str:
    val = {"id": 1, "name": name, "args": list(args)}
    return json.dumps({"body": {"tag": "ActionRequest", "val": val}})


def as_input(value: Any) -> str:
    """In the management API; in a URL without the padding and in other letters."""
    return b64encode(cbor.encode(value)).decode()


def _seen(response: httpx.Response) -> str:
    if response.status_code == 200:
        return "done"
    if not response.content:
        return str(response.status_code)
    body = response.json() if "json" in response.headers["content-type"] else cbor.load(response.content)
    assert ("actor" in body) is ("x-rivet-actor" in response.headers and body["group"] != "inspector")
    return f"{response.status_code} {_named(body)}"


def _named(body: dict[str, Any]) -> str:
    """`group.code`, once everything else in the body is what the table of errors says."""
    by_actor = body.pop("actor", None) is not None
    body.pop("actionId", None)
    name, metadata = f"{body['group']}.{body['code']}", body.get("metadata")
    kind = ERRORS.get(name)
    if name in OWN_TEXT:
        text = OWN_TEXT[name]
    elif name == "core.internal_error":  # with 400, which says what cannot be read
        text = error(
            "guard.invalid_header" if "header" in metadata else "protocol.malformed", **metadata
        ).message
    elif kind is None or not kind.public:
        text = INTERNAL_MESSAGE
    else:
        text = error(name, **(metadata or {})).message
    if (metadata or {}).get("resource") != "route":
        assert body["message"] == text
    more = {"metadata"} if metadata is not None or body["group"] == "inspector" else set()
    assert set(body) == {"group", "code", "message", *more}
    return f"{name}{'*' * by_actor}"


async def _heard(socket: Socket) -> str:
    """An answer, an error of the action, or the close. The door's own reasons carry the id of the request."""
    refused = None
    while (frame := await socket.receive()) is not None:
        body = json.loads(frame)["body"] if frame != "written" else {"tag": "Written"}
        if body["tag"] == "Error" and body["val"]["actionId"] is None:
            refused = _named(body["val"])
        elif body["tag"] == "Error":
            return f"error {_named(body['val'])}"
        elif body["tag"] != "Init":
            return "done"
    assert socket.close is not None
    code, reason = socket.close
    name, _, ray = reason.partition("#")
    assert refused in (None, name), "the frame says what the close says"
    assert len(ray) in (0, 30)
    return f"{code} {name}{'' if ray else '*'}"
