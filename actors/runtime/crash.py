"""Crash: what became of a generation whose start or `run` has failed, by the actor's crash policy.

"sleep" waits for the next call, "restart" starts again after a pause, "destroy" removes the actor. Noted by
the task, carried out by its ending and its node.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from actors.errors import ActorError, error

MESSAGE_LIMIT: Final = 2048


class Crash:
    """`failure` becomes the directory's last error; `pause` are the seconds until the actor starts again."""

    __slots__ = ("failure", "pause", "policy")

    def __init__(self, policy: str) -> None:
        self.policy = policy
        self.failure: Mapping[str, Any] | None = None
        self.pause: float | None = None

    @property
    def destroys(self) -> bool:
        return self.failure is not None and self.policy == "destroy"

    def restart_at(self, now_ms: int) -> int | None:
        """When it is to start again, in Unix milliseconds."""
        return None if self.pause is None else now_ms + int(self.pause * 1000)


def report(failure: BaseException) -> dict[str, Any]:
    """A failure as the directory keeps it, for people: unmasked, without metadata."""
    if isinstance(failure, ActorError):
        err = failure
    else:
        err = error("rivetkit.internal_error", f"{type(failure).__name__}: {failure}")
    return {"group": err.group, "code": err.code, "message": err.message[:MESSAGE_LIMIT]}
