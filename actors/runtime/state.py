"""ActorState: the author's value, what of it is durable, and whether the two differ.

No write-tracking: the value is encoded and compared, once per commit batch. For the stream and the context.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Any, Final, TypeAlias

from actors.errors import ActorError, error
from actors.logs import LARGE
from actors.runtime.definition import StateDefinition
from actors.runtime.measures import Measures
from actors.runtime.watch import Aspect, Watch

KEEP_WHOLE: Final = 4096
WARN_AT: Final = 256 * 1024

logger = logging.getLogger(__name__)

Fingerprint: TypeAlias = bytes | tuple[int, bytes]


class ActorState:
    """`value` belongs to the author. `revision` counts what was offered to the store, durable or not yet."""

    __slots__ = (
        "_actor",
        "_definition",
        "_durable",
        "_limit",
        "_measures",
        "_offered",
        "_warn_from",
        "_watch",
        "held",
        "revision",
        "value",
    )

    def __init__(
        self,
        actor: str,
        definition: StateDefinition | None,
        limit: int,
        measures: Measures,
        watch: Watch | None = None,
    ) -> None:
        self._actor = actor
        self._measures = measures
        self._definition = definition
        self._limit = limit
        self._durable: Fingerprint | None = None
        self._offered: Fingerprint | None = None
        self._warn_from = min(limit, WARN_AT)
        self._watch = watch or Watch()
        self.revision = 0
        self.value: Any = None
        # Until the value is there nothing of it is stored.
        self.held = True

    @property
    def enabled(self) -> bool:
        """Whether the actor declares a state at all."""
        return self._definition is not None

    @property
    def stored(self) -> bool:
        """Whether a first state is durable: before that the actor counts as never initialized."""
        return self._durable is not None

    @property
    def size(self) -> int:
        """Bytes of what is durable."""
        durable = self._durable
        if durable is None:
            return 0
        return len(durable) if isinstance(durable, bytes) else durable[0]

    def load(self, data: bytes, revision: int) -> None:
        """Take up what the store has. Raises protocol.invalid_persisted_data if it cannot be read."""
        self.revision = revision
        self._durable = _fingerprint(data)
        self.restore(data)

    def restore(self, data: bytes) -> None:
        """Put the value back to what `data` says."""
        if self._definition is not None:
            self.value = self._definition.decode(data)

    def encode(self) -> bytes:
        """The value as bytes. Raises actor.state_not_serializable or actor.state_too_large."""
        if self._definition is None:
            return b""
        try:
            data = self._definition.encode(self.value)
        except ActorError:
            raise
        except Exception as failure:  # an author's value may fail in any way
            raise error("actor.state_not_serializable", actor=self._actor, reason=str(failure)) from failure
        if len(data) > self._warn_from:
            self._weigh(len(data))
        return data

    def sketch(self) -> bytes | None:
        """The value as bytes, None if it cannot be stored: to be compared."""
        try:
            return self.encode()
        except ActorError:
            return None

    def differs(self, data: bytes) -> bool:
        """Whether `data` is not what is durable."""
        return self._durable != (data if len(data) <= KEEP_WHOLE else _fingerprint(data))

    def offer(self, data: bytes) -> int:
        """`data` is about to be written: its revision."""
        self._offered = _fingerprint(data)
        self.revision += 1
        return self.revision

    def confirm(self) -> None:
        """What was offered is durable."""
        self._measures.stored(first=self._durable is None)
        self._durable = self._offered
        if self._watch.watchers:
            self._watch.note(Aspect.STATE)
        if self._watch.followers:
            self._watch.tell("state", "stored", f"revision {self.revision}")

    def replace(self, tree: Any) -> None:
        """Put a value that is made of plain data in place of the author's, as its class reads it.

        Raises actor.state_not_enabled, and actor.invalid_request for what is no state of this class.
        """
        if self._definition is None:
            raise error("actor.state_not_enabled")
        self.value = fitting(self._definition, tree, self._limit)

    def _weigh(self, size: int) -> None:
        if size > self._limit:
            raise error("actor.state_too_large", size=size, limit=self._limit)
        if self._warn_from < self._limit:
            self._warn_from = self._limit
            LARGE.say(logger, {"actor_name": self._actor, "size": size})


def fitting(definition: StateDefinition, tree: Any, limit: int) -> Any:
    """A state of plain data, as its class reads it. Raises actor.invalid_request."""
    try:
        value = definition.decode(definition.encode(definition.read(tree)))
        size = len(definition.encode(value))
    except Exception as unfit:  # an author's type may refuse in any way
        reason = unfit.metadata["reason"] if isinstance(unfit, ActorError) else str(unfit)
        raise error("actor.invalid_request", reason=f"this is no state of the actor: {reason}") from unfit
    if size > limit:
        raise error("actor.invalid_request", reason=f"a state has at most {limit} bytes")
    return value


def _fingerprint(data: bytes) -> Fingerprint:
    if len(data) <= KEEP_WHOLE:
        return data
    return len(data), hashlib.blake2b(data, digest_size=16).digest()
