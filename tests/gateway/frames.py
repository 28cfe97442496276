"""Messages in the three encodings, as clients send them and as nobody should."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Final

from actors.protocol import cbor, client
from actors.protocol.messages import Frame

ENCODINGS: Final = ("json", "cbor", "bare")
BARE_VERSION: Final = 4


def action_message(encoding: str, name: str, *args: Any) -> bytes:
    """A websocket message that asks for an action, under the id 1."""
    if encoding == "bare":
        request = client.ActionRequest(1, name, cbor.encode(list(args)))
        return client.TO_SERVER.encode(request, BARE_VERSION)
    return _dump(
        encoding, {"body": {"tag": "ActionRequest", "val": {"id": 1, "name": name, "args": list(args)}}}
    )


def subscription_message(encoding: str, event: str) -> bytes:
    """A websocket message that asks for an event."""
    if encoding == "bare":
        return client.TO_SERVER.encode(client.SubscriptionRequest(event, True), BARE_VERSION)
    return _dump(
        encoding, {"body": {"tag": "SubscriptionRequest", "val": {"eventName": event, "subscribe": True}}}
    )


def action_body(encoding: str, *args: Any) -> bytes:
    """The body of POST /action/{name}."""
    if encoding == "bare":
        request = client.HttpActionRequest(cbor.encode(list(args)))
        return client.HTTP_ACTION_REQUEST.encode(request, BARE_VERSION)
    return _dump(encoding, {"args": list(args)})


def error_code(encoding: str, body: bytes) -> str:
    """`group.code` of an HTTP answer that is an error."""
    if encoding == "bare":
        err, _ = client.HTTP_RESPONSE_ERROR.decode(body)
        return f"{err.group}.{err.code}"
    tree = json.loads(body) if encoding == "json" else cbor.load(body)
    return f"{tree['group']}.{tree['code']}"


def with_version(message: bytes, version: int) -> bytes:
    """A BARE message that says it is of another version."""
    return version.to_bytes(2, "little") + message[2:]


def as_frame(encoding: str, data: bytes) -> Frame:
    """As a server hands it on: json comes as text, unless it is none."""
    if encoding == "json":
        try:
            return data.decode()
        except UnicodeDecodeError:
            pass
    return data


def broken(dice: Random, message: bytes) -> bytes:
    """No message of any kind: random bytes, or a message that breaks off."""
    if dice.random() < 0.5:
        return dice.randbytes(dice.randint(1, 200))
    return message[: dice.randrange(len(message))]


def damaged(dice: Random, message: bytes) -> bytes:
    """The message with one or two faults; now and then it still is one."""
    data = bytearray(message)
    for _ in range(dice.randint(1, 2)):
        place, length = dice.randrange(len(data) + 1), dice.randint(1, 3)
        match dice.randrange(4):
            case 0:
                data[place : place + 1] = dice.randbytes(1)
            case 1:
                data[place:place] = dice.randbytes(length)
            case 2:
                del data[place : place + length]
            case _:
                del data[place:]
    return bytes(data)


def _dump(encoding: str, tree: Any) -> bytes:
    return json.dumps(tree).encode() if encoding == "json" else cbor.dump(tree)
