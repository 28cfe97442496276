"""Crash: what became of a generation whose start or `run` has failed, by the actor's crash policy.

"sleep" waits for the next call, "restart" starts again after a pause, "destroy" removes the actor: for what
the author's code did, never because the platform could not. Noted by the task, carried out by its ending and
its node.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from actors.errors import ActorError, error
from actors.runtime.failure import reason_of

MESSAGE_LIMIT: Final = 2048
PLATFORM: Final = frozenset({"storage", "guard"})
"""Groups of errors that say the platform is out of order, whoever has called it."""


class Crash:
    """`failure` becomes the directory's last error; `pause` are the seconds until the actor starts again.

    `destroys` says that the actor is to be removed, state and all.
    """

    __slots__ = ("destroys", "failure", "pause", "policy")

    def __init__(self, policy: str) -> None:
        self.policy = policy
        self.failure: Mapping[str, Any] | None = None
        self.pause: float | None = None
        self.destroys = False

    def note(self, failure: BaseException, *, by_hook: bool) -> None:
        """What has failed, and whether a hook of the author raised it."""
        self.failure = report(failure)
        platform = isinstance(failure, ActorError) and failure.group in PLATFORM
        self.destroys = self.policy == "destroy" and by_hook and not platform

    def restart_at(self, now_ms: int) -> int | None:
        """When it is to start again, in Unix milliseconds."""
        return None if self.pause is None else now_ms + int(self.pause * 1000)


def report(failure: BaseException) -> dict[str, Any]:
    """A failure as the directory keeps it, for people: unmasked, without metadata."""
    err = failure if isinstance(failure, ActorError) else error("rivetkit.internal_error", reason_of(failure))
    return {"group": err.group, "code": err.code, "message": err.message[:MESSAGE_LIMIT]}
