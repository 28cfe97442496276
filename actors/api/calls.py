"""Call: one action on its way, to be awaited in async code or fetched with `.result()` in sync code.

Made by handles (through the transport) and by actions that an actor calls on itself (directly).
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

R_co = TypeVar("R_co", covariant=True)


class Call(Generic[R_co]):
    """Starts when awaited (also in `asyncio.gather`) or when its result is asked for; once only."""

    __slots__ = ("_block", "_label", "_send", "_used")

    def __init__(
        self, label: str, send: Callable[[], Awaitable[R_co]], block: Callable[[float], R_co]
    ) -> None:
        self._label = label
        self._send = send
        self._block = block
        self._used = False

    def __await__(self) -> Generator[Any, None, R_co]:
        self._use()
        return self._send().__await__()

    def result(self, timeout: float = 60.0) -> R_co:
        """The answer, waited for in this thread: for sync views, Celery tasks and the shell.

        Raises TimeoutError after `timeout` seconds (the action may still run), ActorError as the actor
        answered, and RuntimeError where waiting would stop the event loop.
        """
        self._use()
        _refuse_in_loop(self._label)
        return self._block(timeout)

    def _use(self) -> None:
        if self._used:
            raise RuntimeError(f"{self._label} was sent already: call the action again for another round.")
        self._used = True

    def __del__(self) -> None:
        if not self._used:
            warnings.warn(
                f"{self._label} was never sent: await it, or ask for its .result().",
                RuntimeWarning,
                stacklevel=2,
                source=self,
            )

    def __repr__(self) -> str:
        return f"<Call {self._label}: {'sent' if self._used else 'not sent yet'}>"


class DirectCall(Call[R_co]):
    """An action that an actor called on itself: run in place, without inbox, wire or commit of its own.

    A sync function has run when this exists; an async one runs when awaited.
    """

    __slots__ = ("_outcome",)

    def __init__(self, label: str, outcome: Any) -> None:
        self._label = label
        self._outcome = outcome
        self._used = True  # an async function that is never awaited is reported by Python itself

    def __await__(self) -> Generator[Any, None, R_co]:
        if isinstance(self._outcome, Awaitable):
            return self._outcome.__await__()
        return _settled(self._outcome)

    def result(self, timeout: float = 60.0) -> R_co:
        """The value of a sync action. Raises RuntimeError for an async one: await that."""
        if isinstance(self._outcome, Awaitable):
            raise RuntimeError(f"{self._label} is async and runs inside its own actor: await it.")
        value: R_co = self._outcome
        return value


def _settled(value: Any) -> Generator[Any, None, Any]:
    return value
    yield


def _refuse_in_loop(label: str) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(f"{label}.result() would block the event loop of this thread: use `await` instead.")
