"""The `cbor` encoding: binary frames, ids as 9-byte integers, answers spliced around the value's own CBOR.

Reached through `codec.codec_for`. cbor-x makes a BigInt, which clients want for ids, only of the 8-byte form.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec

from actors.errors import MISSING, ActorError
from actors.protocol import cbor, shapes, values
from actors.protocol.messages import (
    ActorSpecifier,
    ClientMessage,
    Encoding,
    Frame,
    QueueSend,
    QueueStatus,
    binary,
)

T = TypeVar("T")

_MAP: Final = 0xA0
_long_integer: Final = struct.Struct(">BQ")


def _head(tag: str, fields: int) -> bytes:
    """`{"body": {"tag": tag, "val": {` with room for `fields` members (up to 23)."""
    body = bytes((_MAP + 1,)) + cbor.dump("body")
    name = bytes((_MAP + 2,)) + cbor.dump("tag") + cbor.dump(tag)
    return body + name + cbor.dump("val") + bytes((_MAP + fields,))


_ACTION_RESPONSE: Final = _head("ActionResponse", 2) + cbor.dump("id")
_OUTPUT: Final = cbor.dump("output")
_EVENT: Final = _head("Event", 2) + cbor.dump("name")
_ARGS: Final = cbor.dump("args")


class CborCodec:
    """See `codec.Codec`."""

    encoding: Encoding = "cbor"
    version = shapes.LATEST
    binary = True
    content_type = "application/octet-stream"

    def init(self, actor_id: str, connection_id: str) -> bytes:
        return cbor.dump(
            {"body": {"tag": "Init", "val": {"actorId": actor_id, "connectionId": connection_id}}}
        )

    def action_response(self, action_id: int, output: Any) -> bytes:
        return b"".join((_ACTION_RESPONSE, _id(action_id), _OUTPUT, cbor.encode(output)))

    def event(self, name: str, args: Sequence[Any]) -> bytes:
        return b"".join((_EVENT, cbor.dump(name), _ARGS, cbor.encode(list(args))))

    def error(
        self, err: ActorError, action_id: int | None = None, actor: ActorSpecifier | None = None
    ) -> bytes:
        fields = shapes.error_fields(err, values.encode_cbor, actor)
        members = b"".join([cbor.dump(name) + cbor.dump(item) for name, item in fields.items()])
        last = cbor.dump(None) if action_id is None else _id(action_id)
        return _head("Error", len(fields) + 1) + members + cbor.dump("actionId") + last

    def decode_client(self, frame: Frame) -> ClientMessage:
        data = binary(frame)
        message = _convert(cbor.load(data), shapes.ToServer)
        return shapes.client_message(message, values.revive_cbor if cbor.may_need_revival(data) else None)

    def http_action_request(self, body: bytes) -> list[Any]:
        return shapes.argument_list(_convert(cbor.decode(body), shapes.HttpAction).args)

    def http_action_response(self, output: Any) -> bytes:
        return bytes((_MAP + 1,)) + _OUTPUT + cbor.encode(output)

    def http_error(self, err: ActorError, actor: ActorSpecifier | None = None) -> bytes:
        return cbor.dump(shapes.error_fields(err, values.encode_cbor, actor))

    def http_queue_request(self, body: bytes) -> QueueSend:
        return shapes.queue_send(_convert(cbor.decode(body), shapes.HttpQueue), None)

    def http_queue_response(self, status: QueueStatus, response: Any = MISSING) -> bytes:
        extra = {} if response is MISSING else {"response": values.encode_cbor(response)}
        return cbor.dump({"status": status, **extra})


def _id(action_id: int) -> bytes:
    return _long_integer.pack(0x1B, action_id)


def _convert(tree: Any, shape: type[T]) -> T:
    try:
        return msgspec.convert(tree, shape)
    except (msgspec.ValidationError, RecursionError) as exc:
        raise cbor.malformed(str(exc)) from exc
