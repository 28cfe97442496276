"""The `json` encoding: text frames, ids as `["$BigInt","n"]`, answers spliced around msgspec's bytes.

Reached through `codec.codec_for`. A plain number as an id makes the official client throw, hence the tag.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from actors.errors import MISSING, ActorError
from actors.protocol import json, shapes, values
from actors.protocol.messages import ActorSpecifier, ClientMessage, Encoding, Frame, QueueSend, QueueStatus

_RESPONSE: Final = '{"body":{"tag":"ActionResponse","val":{"id":["$BigInt","%d"],"output":%s}}}'

_to_server: Final = msgspec.json.Decoder(shapes.ToServer)
_http_action: Final = msgspec.json.Decoder(shapes.HttpAction)
_http_queue: Final = msgspec.json.Decoder(shapes.HttpQueue)


class JsonCodec:
    """See `codec.Codec`."""

    encoding: Encoding = "json"
    version = shapes.LATEST
    binary = False
    content_type = "application/json"

    def init(self, actor_id: str, connection_id: str) -> str:
        return _frame("Init", {"actorId": actor_id, "connectionId": connection_id})

    def action_response(self, action_id: int, output: Any) -> str:
        text = json.encode(output).decode()
        return _RESPONSE % (action_id, text)

    def event(self, name: str, args: Sequence[Any]) -> str:
        return _frame("Event", {"name": name, "args": values.encode_json(list(args))})

    def error(
        self, err: ActorError, action_id: int | None = None, actor: ActorSpecifier | None = None
    ) -> str:
        tagged_id = None if action_id is None else ["$BigInt", str(action_id)]
        return _frame("Error", {**shapes.error_fields(err, values.encode_json, actor), "actionId": tagged_id})

    def decode_client(self, frame: Frame) -> ClientMessage:
        message = json.load_shape(frame, _to_server)
        return shapes.client_message(message, _revive(frame, shapes.tagged_ids(message)))

    def http_action_request(self, body: bytes) -> list[Any]:
        args = json.load_shape(body, _http_action).args
        revive = _revive(body)
        return shapes.argument_list(args if revive is None else revive(args))

    def http_action_response(self, output: Any) -> bytes:
        return b'{"output":' + json.encode(output) + b"}"

    def http_error(self, err: ActorError, actor: ActorSpecifier | None = None) -> bytes:
        return json.dump(shapes.error_fields(err, values.encode_json, actor))

    def http_queue_request(self, body: bytes) -> QueueSend:
        return shapes.queue_send(json.load_shape(body, _http_queue), _revive(body))

    def http_queue_response(self, status: QueueStatus, response: Any = MISSING) -> bytes:
        extra = {} if response is MISSING else {"response": values.encode_json(response)}
        return json.dump({"status": status, **extra})


def _frame(tag: str, val: dict[str, Any]) -> str:
    return json.dump({"body": {"tag": tag, "val": val}}).decode()


def _revive(text: Frame, known: int = 0) -> shapes.Revive | None:
    """The walk that the text needs; None for most, whose only tags are the `known` ones of the message."""
    return values.revive_json if json.may_hold_tags(text, known) else None
