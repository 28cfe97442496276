"""What a queue carries, between Python and storage: bodies as bytes, responses as plain data.

Made by `Queue`; the runtime calls it through the QueueDefinition.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import msgspec

from actors.api.signature import convert
from actors.errors import ActorError, error
from actors.protocol import cbor


class QueueTypes:
    """`declared` gives the types of bodies and of responses, Any where the author names none."""

    def __init__(self, queue: str, declared: Callable[[], tuple[Any, Any]]) -> None:
        self._queue = queue
        self._declared = declared

    @cached_property
    def body(self) -> Any:
        return self._declared()[0]

    @cached_property
    def response(self) -> Any:
        return self._declared()[1]

    def encode(self, body: Any) -> bytes:
        """Raises queue.invalid_payload for what is no message of this queue."""
        try:
            data = cbor.encode(body)
            convert(cbor.decode(data), self.body)
        except (ActorError, msgspec.ValidationError) as failure:
            raise error("queue.invalid_payload", reason=self._reason(failure)) from None
        return data

    def decode(self, data: bytes) -> Any:
        """Raises queue.message_invalid for bytes that are none any more."""
        try:
            return convert(cbor.decode(data), self.body)
        except (ActorError, msgspec.ValidationError) as failure:
            raise error("queue.message_invalid", reason=self._reason(failure)) from None

    def respond(self, response: Any) -> Any:
        """A copy as plain data. Raises queue.invalid_completion_payload."""
        try:
            plain = cbor.decode(cbor.encode(response))
            convert(plain, self.response)
        except (ActorError, msgspec.ValidationError) as failure:
            raise error("queue.invalid_completion_payload", reason=self._reason(failure)) from None
        return plain

    def read_response(self, plain: Any) -> Any:
        """A response as its type. Raises protocol.malformed if it is something else."""
        try:
            return convert(plain, self.response)
        except msgspec.ValidationError as failure:
            what = f"response of queue {self._queue}"
            raise error("protocol.malformed", what=what, reason=str(failure)) from None

    def _reason(self, failure: Exception) -> str:
        words = failure.message if isinstance(failure, ActorError) else str(failure)
        return f"{self._queue}: {words}"
