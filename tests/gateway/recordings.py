"""Recordings of RivetKit's own server (tests/wire/vectors/live): their cases, and how answers are compared.

`WAITING` and `OURS` say of every case that is not replayed why: the capability that it waits for, or the
reason why this platform answers otherwise. Both are keyed by how the name of a case begins.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actors.protocol import cbor

LIVE = Path(__file__).parent.parent / "wire" / "vectors" / "live"

LIST_BY_ID_AND_NAME = "list ?namespace=default&actor_ids=tpm899o4hpr4v5nz6us6k94knval00&name=probe"
ODD_KEY = "query ?rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default&rvt-key=a%2Fb"

WAITING: Mapping[str, Mapping[str, str]] = {
    "http_actor_routes.json": {
        "GET /metrics": "metrics",
        "failing actor": "the retries of a start that crashes",
    },
    "http_actors_api.json": {
        "root": "the dashboard at /ui/",
        "envoys": "the dashboard's page of runners",
        "health fanout": "the dashboard's page of runners",
    },
    "http_inspector.json": {
        "queue reset": "clearing a queue through the inspector",
        "custom tab": "custom tabs",
    },
    "ws_connect.json": {
        "health ws": "the health websocket",
        "failing actor": "the retries of a start that crashes",
    },
}

OURS: Mapping[str, Mapping[str, str]] = {
    "http_actor_routes.json": {
        "action json tagged BigInt": "an argument that is undefined is None for the actor",
        'action ret ["ab"]': "Python has one type for bytes: $Uint8Array",
        'action ret ["map"]': "a dict is an object",
        'action ret ["f32"]': "Python has no typed arrays",
        'action ret ["negzero"]': "Python keeps the sign of -0.0",
        'action ret ["date"]': "json and cbor lose no data here; bare is compared by test_values",
        'action ret ["nan"]': "cbor loses nothing here; bare has the same NaN in fewer bytes",
        'action ret ["inf"] cbor': "cbor loses nothing here",
        "action json unknown tag": "400: the fault is the client's",
        "action bad percent": "no empty metadata",
        "GET /metadata": "`type` is deployed: nothing is local about it",
        "action GET bare": "a request without a body is answered in version 3, which every client reads",
        "raw GET /request/a/b?x=%20y&rvt-foo=1": "pages may read the refusal too",
        "raw GET /request//dd": "pages may read the refusal too",
        "raw no onRequest": "another actor's: test_raw_http has it",
        "raw GET /request?x=1": "reaches the actor; the recorded server failed",
        "raw GET /request/uerr bare": "a request without a body is answered in version 3",
        "GET nope bare": "a request without a body is answered in version 3, which every client reads",
        "GET /inspector": "the refusal names no actor: nobody looks for it",
    },
    "http_inspector.json": {
        "enqueue undefined queue": "400: messages of a queue that there is not would stay for ever",
        "queue list": "the times are those of the test; test_inspector has them",
        "queue limit bad": "400: the fault is the client's",
        "GET rpcs": "the actions are the test's own; test_inspector has them",
        "GET summary": "the actions are the test's own; test_inspector has them",
        "plain summary": "actors here have no database of their own",
        "GET database": "actors here have no database of their own",
        "db ": "actors here have no database of their own",
        "patch state bad": "400: the fault is the client's",
        "patch state nokey": "400: it says nothing",
        "plain patch": "fewer words",
        "action both": "a structured error",
        "action props not obj": "a structured error",
        "action no body": "400: the fault is the client's",
        "action unknown": "as at the other doors: actor.action_not_found",
        "action err": "the message is masked, as at the other doors",
        "action slow": "the headers name the actor, the body does not",
        "ui": "the bundle is RivetKit's own",
    },
    "ws_inspector.json": {
        "inspector auth header": "a state of its own; test_inspector_socket has it",
    },
    "http_actors_api.json": {
        "metadata": "says less about the server",
        "cors api": "says less about the server",
        "create null key": "answered; the recorded server hung",
        "create no key": "the key is the empty key: an actor without a key could not be found again",
        "create dup key": "duplicate_key, always; the recorded server raced with itself",
        "create unregistered": "actor.not_registered says what is wrong",
        "create unknown field": "the words are msgspec's",
        "create missing field": "the words are msgspec's",
        "create bad crash policy": "the words are msgspec's",
        "create bad json": "the words are msgspec's",
        "get or create null key": "the words are msgspec's",
        LIST_BY_ID_AND_NAME: "accepted: the Rust client asks so",
        "list ?namespace=default&name=probe&cursor=abc": "400: the fault is the client's",
        "namespaces": "there is one; test_cluster_api has it",
        "create namespace": "there is one, and no second is made",
        "datacenters": "the address is the one that the client used",
        "kv Aw==": "a token of this platform's own; test_orders_api has it",
        "kv !!!": "400: the fault is the client's",
        "kv wrong ns": "another namespace is refused as such",
        "kv bad id": "other words",
        "sleep bad ns": "another namespace is refused as such",
        "delete bad id": "other words",
        "delete wrong ns": "another namespace is refused as such",
        "gateway bad id": "404 actor.not_found: the fault is the client's",
        ODD_KEY: "answered; the recorded server hung",
        "query ?rvt-namespace=default&rvt-method=get&rvt-skip-ready-wait=maybe": "other words",
        "create bad pool": "fewer words",
        "query ?rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=nopool": "fewer words",
        "cors origin": "without a token pages of other sites are refused; test_views has the headers",
        "hdr request": "an actor that no case of the recording makes: test_raw_http has it",
        "no route": "what is no door belongs to the Django project",
    },
    "ws_connect.json": {
        "json date output": "dates are sent as text; the recorded server gave up the socket",
        "event outgoing too long": "the recorded actor lacked the action that it wanted to call",
        "no subprotocol": "nothing is accepted that was not offered",
        "reject generic": "the message is masked, as over HTTP",
        "raw ws no handler": "actor.no_websocket says so; the recording asked an actor that was not there",
        "actor id garbage": "actor.not_found: the fault is the client's",
    },
    "ws_cbor_ids.json": {
        "cbor id bigint json array": "accepted: it is clear what is meant",
        "cbor undefined arg": "arguments that are undefined stay undefined",
    },
}

QUEUES = ("queue ", "action qsize")
"""Cases of the actor's routes that are one conversation: test_queue.py replays it."""

LAST_FRAME_IS_OURS: Mapping[str, str] = {
    "connect cbor": "bytes are accepted; the recorded server gave up the socket",
    "connect json": "disconnect() takes its place in the order of what the actor sends: before the answer",
}


# What the recorded client and server said of their own connection.
_OF_THE_WAY = ("connection", "host", "x-rivet-ray-id", "x-rivet-actor")


def cases(file: str) -> list[dict[str, Any]]:
    """The recorded cases of one file. Of two that have one name, that of the encoding says so."""
    recorded: list[dict[str, Any]] = json.loads((LIVE / file).read_text())["cases"]
    for case in recorded:
        encoding = case.get("request", {}).get("headers", {}).get("x-rivet-encoding")
        if case["name"].startswith("raw ") and encoding is not None:
            case["name"] += f" {encoding}"
    return recorded


def replayed(file: str) -> list[dict[str, Any]]:
    """The cases of `file` that are in no list, and stand for themselves."""
    listed = tuple(WAITING.get(file, ())) + tuple(OURS.get(file, ())) + QUEUES
    return [case for case in cases(file) if not case["name"].startswith(listed)]


def in_queues(file: str) -> list[dict[str, Any]]:
    """The cases of `file` about queues, in their order."""
    return [case for case in cases(file) if case["name"].startswith(QUEUES)]


def body_of(recorded: Any) -> bytes:
    """The bytes of a recorded body."""
    if recorded is None:
        return b""
    if isinstance(recorded, str):
        return recorded.encode()
    if "hex" in recorded:
        return bytes.fromhex(recorded["hex"])
    if "text" in recorded:
        return str(recorded["text"]).encode()
    return b"x" * next(recorded[name] for name in ("text_length", "length") if name in recorded)


def value_of(body: bytes, encoding: str) -> Any:
    """What a body says, whichever way it is written: order of keys and width of lengths do not count."""
    if encoding == "json":
        try:
            return json.loads(body)
        except ValueError:
            return body
    if encoding == "cbor":
        return cbor.decode(body)
    try:  # a bare answer to an action: version, length, CBOR
        return body[:2], cbor.decode(_data(body[2:]))
    except Exception:  # a bare error has one form
        return body


def _data(item: bytes) -> bytes:
    length = shift = 0
    for index, byte in enumerate(item):
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            data = item[index + 1 :]
            if len(data) != length:
                raise ValueError("no data")
            return data
    raise ValueError("no length")


def contains(ours: Any, recorded: Any) -> bool:
    """Whether our answer says all that the recorded one says; it may say more: metadata, and why a body
    cannot be read, which the recorded server masked.

    Python has one integer type, so a BigInt that is small comes back as a number.
    """
    if isinstance(recorded, list) and len(recorded) == 2 and recorded[0] == "$BigInt":
        return ours in (recorded, int(recorded[1]))
    if isinstance(recorded, list) and isinstance(ours, list):
        return len(ours) == len(recorded) and all(map(contains, ours, recorded))
    if isinstance(recorded, dict) and isinstance(ours, dict):
        masked = ("message",) if recorded.get("group") == "core" else ()
        told = {key: value for key, value in recorded.items() if key not in (*_OF_THE_WAY, *masked)}
        return all(key in ours and contains(ours[key], value) for key, value in told.items())
    return bool(ours == recorded)
