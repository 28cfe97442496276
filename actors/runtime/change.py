"""StateChange: runs `on_state_change` when a commit batch finds the state different. For the stream only.

One call for all changes of a batch. The hook looks; what it writes is found by encoding again, and undone.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from actors.errors import ActorError
from actors.logs import REENTRANT, STATE_CHANGE_FAILED, named
from actors.runtime.calls import current
from actors.runtime.kinds import Kind
from actors.runtime.state import ActorState
from actors.runtime.work import Work, result_of

logger = logging.getLogger(__name__)


class StateChange:
    """`hook(state)` may return an awaitable: changes while that runs are told once, after it."""

    __slots__ = ("_first", "_hook", "_missed", "_running", "_state", "_work")

    def __init__(self, hook: Callable[[Any], Any], state: ActorState, work: Work) -> None:
        self._hook = hook
        self._state = state
        self._work = work
        self._running = False
        self._missed = False
        # What a new actor began with, until it is durable.
        self._first: bytes | None = None

    def begin(self) -> None:
        """A new actor has started. Its first call may change the state before the first one is written."""
        with suppress(ActorError):  # the batch will say so
            self._first = self._state.encode()

    def tell(self, data: bytes) -> None:
        """The state is `data` now and was something else. The first state of an actor is no change."""
        if not self._state.stored and self._first in (None, data):
            return
        self._first = None
        if self._running:
            self._missed = True
            return
        self._call()
        if self._state.encode() != data:
            REENTRANT.say(logger, {})
            self._state.restore(data)

    def _call(self) -> None:
        token = current.set(None)
        try:
            result = self._hook(self._state.value)
        except Exception as failure:  # the change itself stands
            STATE_CHANGE_FAILED.say(logger, {"error": named(failure)}, failure)
        else:
            if inspect.isawaitable(result):
                self._running = True
                self._work.spawn(Kind.STATE_CHANGE, result_of(result)).add_done_callback(self._done)
        finally:
            current.reset(token)

    def _done(self, task: Any) -> None:
        self._running = False
        if task.cancelled():
            return
        failure = task.exception()
        if failure is not None:
            STATE_CHANGE_FAILED.say(logger, {"error": named(failure)}, failure)
        if self._missed:
            self._missed = False
            self._call()
