"""The `bare` encoding, which official clients use by default: versioned BARE messages around CBOR values.

Reached through `codec.codec_for`, one object per version of the client protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.errors import MISSING, ActorError
from actors.protocol import cbor, client, shapes
from actors.protocol.messages import (
    ActionRequest,
    ActorSpecifier,
    ClientMessage,
    Encoding,
    Frame,
    QueueSend,
    QueueStatus,
    SubscriptionRequest,
    binary,
)


class BareCodec:
    """See `codec.Codec`. Answers in its own version and reads every version."""

    encoding: Encoding = "bare"
    binary = True
    content_type = "application/octet-stream"

    def __init__(self, version: int) -> None:
        self.version = version

    def init(self, actor_id: str, connection_id: str) -> bytes:
        return client.TO_CLIENT.encode(client.Init(actor_id, connection_id), self.version)

    def action_response(self, action_id: int, output: Any) -> bytes:
        return client.TO_CLIENT.encode(client.ActionResponse(action_id, cbor.encode(output)), self.version)

    def event(self, name: str, args: Sequence[Any]) -> bytes:
        return client.TO_CLIENT.encode(client.Event(name, cbor.encode(list(args))), self.version)

    def error(
        self, err: ActorError, action_id: int | None = None, actor: ActorSpecifier | None = None
    ) -> bytes:
        metadata = shapes.error_metadata(err, cbor.encode)
        message = client.Error(err.group, err.code, err.message, metadata, action_id, actor)
        return client.TO_CLIENT.encode(message, self.version)

    def decode_client(self, frame: Frame) -> ClientMessage:
        message, version = client.TO_SERVER.decode(binary(frame))
        if isinstance(message, client.SubscriptionRequest):
            return SubscriptionRequest(message.event_name, message.subscribe, version)
        try:
            args = shapes.argument_list(cbor.decode(message.args))
        except ActorError as fault:
            return ActionRequest(message.id, message.name, [], version, fault)
        return ActionRequest(message.id, message.name, args, version)

    def http_action_request(self, body: bytes) -> list[Any]:
        request, _ = client.HTTP_ACTION_REQUEST.decode(body)
        return shapes.argument_list(cbor.decode(request.args))

    def http_action_response(self, output: Any) -> bytes:
        return client.HTTP_ACTION_RESPONSE.encode(
            client.HttpActionResponse(cbor.encode(output)), self.version
        )

    def http_error(self, err: ActorError, actor: ActorSpecifier | None = None) -> bytes:
        metadata = shapes.error_metadata(err, cbor.encode)
        message = client.HttpResponseError(err.group, err.code, err.message, metadata, actor)
        return client.HTTP_RESPONSE_ERROR.encode(message, self.version)

    def http_queue_request(self, body: bytes) -> QueueSend:
        request, _ = client.HTTP_QUEUE_SEND_REQUEST.decode(body)
        value = shapes.defined(cbor.decode(request.body))
        return QueueSend(value, request.name, bool(request.wait), request.timeout)

    def http_queue_response(self, status: QueueStatus, response: Any = MISSING) -> bytes:
        value = None if response is MISSING else cbor.encode(response)
        return client.HTTP_QUEUE_SEND_RESPONSE.encode(
            client.HttpQueueSendResponse(status, value), self.version
        )
