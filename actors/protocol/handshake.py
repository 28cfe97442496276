"""What a client says beside the URL: websocket subprotocols, request headers, reasons of closes.

Used by gateway consumers and views, and by the Python client. RivetKit: guard/src/routing,
ts/common/websocket.ts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from actors.errors import ActorError, error
from actors.protocol import json
from actors.protocol.urls import DirectTarget, escape

ANSWER_PROTOCOL: Final = "rivet"
"""The subprotocol of the 101 answer to a client that offered it, as official clients do and then insist on.
Others are answered without a subprotocol: browsers fail a socket that got one unasked."""

MAX_CLOSE_REASON: Final = 123

_BEARER: Final = re.compile(r"\s*bearer\s+(\S.*)", re.IGNORECASE | re.DOTALL)
_HEADER_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Subprotocols:
    """The offered `rivet_*` items. `params` is decoded, None when absent; `encoding` is as offered."""

    encoding: str = "json"
    params: Any = None
    target: str | None = None
    actor_id: str | None = None
    token: str | None = None
    inspector_token: str | None = None
    skip_ready_wait: bool = False


def parse_subprotocols(offered: Iterable[str]) -> Subprotocols:
    """Read the offered items, each of which may itself be a comma list; the first of a kind counts.

    Raises `protocol.invalid_actor_connect_request` for params that are no percent-encoded JSON.
    """
    items = [item.strip() for entry in offered for item in entry.split(",")]

    def first(prefix: str) -> str | None:
        return next((item.removeprefix(prefix) for item in items if item.startswith(prefix)), None)

    encoding = first("rivet_encoding.")
    return Subprotocols(
        encoding="json" if encoding is None else encoding,
        params=_subprotocol_params(first("rivet_conn_params.")),
        target=first("rivet_target."),
        actor_id=first("rivet_actor."),
        token=first("rivet_token."),
        inspector_token=first("rivet_inspector_token."),
        skip_ready_wait="rivet_skip_ready_wait" in items,
    )


def offer_subprotocols(
    encoding: str, params: Any = None, direct: DirectTarget | None = None, skip_ready_wait: bool = False
) -> list[str]:
    """What a client offers, in the official order, without falsy params. `direct` routes without the URL."""
    offer = [ANSWER_PROTOCOL, f"rivet_encoding.{encoding}"]
    if direct is not None:
        offer += ["rivet_target.actor", f"rivet_actor.{direct.actor_id}"]
        offer += [] if direct.token is None else [f"rivet_token.{direct.token}"]
    if skip_ready_wait:
        offer.append("rivet_skip_ready_wait")
    if params:
        offer.append("rivet_conn_params." + escape(json.dump(params).decode()))
    return offer


def subprotocol_target(offered: Subprotocols, host: str, path: str) -> DirectTarget | None:
    """The actor that the subprotocols address, None if they leave it to the URL.

    Raises `guard.missing_header` without an id and `guard.no_route` for a target that is no actor.
    """
    if offered.target is None:
        return None
    if offered.target != "actor":
        raise _no_route(host, path)
    return _direct(offered.actor_id, offered.token, "rivet_actor")


def header_target(path: str, headers: Mapping[str, str]) -> DirectTarget | None:
    """The actor that `x-rivet-*` headers (lower-case names) address, None without `x-rivet-target`.

    Only `/request` paths may be addressed so: others raise `guard.no_route`.
    """
    target = headers.get("x-rivet-target")
    if target is None:
        return None
    if target != "actor" or not (path == "/request" or path.startswith("/request/")):
        raise _no_route(headers.get("host", ""), path)
    return _direct(headers.get("x-rivet-actor"), headers.get("x-rivet-token"), "x-rivet-actor")


def parse_skip_ready_wait(header: str | None) -> bool:
    """Value of `x-rivet-skip-ready-wait`. Raises `guard.invalid_header`."""
    if header is None:
        return False
    if header not in _HEADER_FLAGS:
        raise error(
            "guard.invalid_header", header="x-rivet-skip-ready-wait", detail="expected true, false, 1, or 0"
        )
    return _HEADER_FLAGS[header]


def parse_conn_params(header: bytes | None) -> Any:
    """Value of an `x-rivet-conn-params` header: raw JSON in UTF-8 or, from browsers, latin-1; None if absent.

    Raises `guard.invalid_header`.
    """
    if header is None:
        return None
    try:
        text = header.decode("utf-8")
    except UnicodeDecodeError:
        text = header.decode("latin-1")
    try:
        return json.load(text)
    except ActorError as exc:
        raise error("guard.invalid_header", header="x-rivet-conn-params", detail="expected JSON") from exc


def bearer_token(header: str | None) -> str | None:
    """The token of an `Authorization: Bearer` header (the scheme in any case), None for any other header."""
    match = _BEARER.fullmatch(header or "")
    return match.group(1) if match else None


def close_reason(name: str, ray: str | None = None) -> str:
    """`name` or `name#ray` cut, between characters, to the 123 bytes that a close frame can carry."""
    text = name if ray is None else f"{name}#{ray}"
    return text.encode("utf-8", "replace")[:MAX_CLOSE_REASON].decode("utf-8", "ignore")


def parse_close_reason(reason: str) -> tuple[str, str, str | None] | None:
    """`"group.code#ray"` -> (group, code, ray), None for any other text. More dots are ignored."""
    address, hash_sign, ray = reason.partition("#")
    group, code, *_ = [*address.split("."), ""]
    return (group, code, ray if hash_sign else None) if group and code else None


def _subprotocol_params(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.load(unquote(text.replace("+", " "), errors="strict"))
    except (ActorError, UnicodeDecodeError) as exc:
        raise error(
            "protocol.invalid_actor_connect_request", field="params", reason="expected percent-encoded JSON"
        ) from exc


def _direct(actor_id: str | None, token: str | None, header: str) -> DirectTarget:
    if not actor_id:
        raise error("guard.missing_header", header=header)
    return DirectTarget(actor_id, token)


def _no_route(host: str, path: str) -> ActorError:
    return error("guard.no_route", host=host.partition(":")[0], path=path)
