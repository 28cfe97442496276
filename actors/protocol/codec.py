"""The hot interface of the wire: a `Codec` per encoding and version turns client frames into values and back.

Gateway sessions and the tunnel get theirs from `codec_for`; nothing else knows the three encodings.
Malformed input raises `protocol.*` ActorErrors and never another exception.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from actors.errors import MISSING, ActorError, error
from actors.protocol import client
from actors.protocol.codec_bare import BareCodec
from actors.protocol.codec_cbor import CborCodec
from actors.protocol.codec_json import JsonCodec
from actors.protocol.envelope import frame_version
from actors.protocol.messages import ActorSpecifier, ClientMessage, Encoding, Frame, QueueSend, QueueStatus


class Codec(Protocol):
    """Frames of one encoding at one version of the client protocol. Stateless: share it freely.

    Values are Python values (`actors.protocol.values` says which); frames are `str` for json and `bytes`
    for cbor and bare on websockets, always `bytes` over HTTP.
    """

    @property
    def encoding(self) -> Encoding: ...

    @property
    def version(self) -> int: ...

    @property
    def binary(self) -> bool:
        """Whether websocket frames are binary."""
        ...

    @property
    def content_type(self) -> str:
        """Of HTTP answers, also of errors."""
        ...

    def init(self, actor_id: str, connection_id: str) -> Frame: ...

    def action_response(self, action_id: int, output: Any) -> Frame: ...

    def event(self, name: str, args: Sequence[Any]) -> Frame: ...

    def error(
        self, err: ActorError, action_id: int | None = None, actor: ActorSpecifier | None = None
    ) -> Frame:
        """`err` is sent as it is: sanitize first. `action_id` None makes it an error of the connection."""
        ...

    def decode_client(self, frame: Frame) -> ClientMessage:
        """One frame of a client. Its `version` says what the client speaks: answer 4 from then on if >= 4."""
        ...

    def http_action_request(self, body: bytes) -> list[Any]:
        """The arguments of POST /action/{name}."""
        ...

    def http_action_response(self, output: Any) -> bytes: ...

    def http_error(self, err: ActorError, actor: ActorSpecifier | None = None) -> bytes: ...

    def http_queue_request(self, body: bytes) -> QueueSend: ...

    def http_queue_response(self, status: QueueStatus, response: Any = MISSING) -> bytes: ...


_JSON: Final = JsonCodec()
_CBOR: Final = CborCodec()
_BARE: Final = {version: BareCodec(version) for version in client.VERSIONS}

FIRST_ANSWER: Final = 3
"""The version to answer in until the client has shown a newer one: every client since April 2026 reads it."""


def codec_for(encoding: str, version: int = FIRST_ANSWER) -> Codec:
    """The codec of `encoding`; for bare the one of `version` 1..4, while json and cbor have one form.

    Raises `protocol.unsupported_encoding` or `protocol.unsupported_version`.
    """
    match encoding:
        case "bare":
            return _bare(version)
        case "json":
            return _JSON
        case "cbor":
            return _CBOR
    raise error("protocol.unsupported_encoding", encoding=encoding)


def codec_for_body(encoding: str, body: bytes) -> Codec:
    """The codec that reads and answers an HTTP request: a bare answer mirrors the version of the body.

    A body without a known version gets FIRST_ANSWER, so that its own error can be told.
    """
    if encoding != "bare" or len(body) < 2:
        return codec_for(encoding)
    version = frame_version(body)
    return _BARE.get(version, _BARE[FIRST_ANSWER])


def _bare(version: int) -> BareCodec:
    codec = _BARE.get(version)
    if codec is None:
        raise error("protocol.unsupported_version", what="client protocol", version=version, known="1 to 4")
    return codec
