"""Firing: a scheduled action on its way through its actor, as every action goes, but on nobody's behalf.

The scheduler begins one when the claim of a run is durable, and hears of its end when what it changed is.
It needs no permit of the inbox: no flood of calls can keep it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from actors.clock import Clock
from actors.errors import ActorError, error
from actors.protocol import cbor
from actors.runtime.calls import Invocation, current
from actors.runtime.crash import report
from actors.runtime.definition import ActionDefinition, ActorDefinition
from actors.runtime.dispatch import Dispatcher
from actors.runtime.hooks import awaited
from actors.runtime.identity import Identity
from actors.runtime.kinds import Kind
from actors.runtime.tether import untied
from actors.runtime.work import Work
from actors.storage.schedules import StoredRun, StoredSchedule

CUT_OFF: Final = frozenset({"actor.outcome_unknown", "actor.stopping"})
"""What the dispatcher answers for an action that the end of its actor has cut off."""

Failure = Mapping[str, Any] | None
Key = tuple[int, int]
"""Schedule and number of a run."""


@dataclass(frozen=True, slots=True)
class Firing:
    """Why a scheduled action runs: `self.schedule.firing`. Times are Unix milliseconds.

    `kind` is "at", "cron" or "every"; `name` is None for a one-shot. `attempt` counts from 1.
    """

    kind: str
    id: int
    name: str | None
    scheduled_at: int
    fired_at: int
    attempt: int

    @classmethod
    def of(cls, row: StoredSchedule, run: StoredRun) -> Firing:
        return cls(row.kind, row.schedule_id, row.name, run.scheduled_at, run.started_at, run.attempts)


class ScheduledInvocation(Invocation):
    """The action on its way; `outcome` hears of its end."""

    __slots__ = ("firing",)

    def __init__(
        self, home: Identity, action: ActionDefinition, args: Any, outcome: _Outcome, firing: Firing
    ) -> None:
        noted = replace(action, handler=partial(outcome.note, action.handler), is_async=True)
        super().__init__(home, noted, args, outcome, None, None)
        self.firing = firing


class _Outcome:
    """The `Reply` of a scheduled action: nobody waits for its value.

    It keeps what the action raised, unmasked: for the history, which callers do not see.
    """

    __slots__ = ("_on_over", "_raised")

    def __init__(self, on_over: Callable[[Failure], None]) -> None:
        self._on_over = on_over
        self._raised: Failure = None

    async def note(self, handler: Callable[..., Any], instance: object, *args: Any) -> Any:
        """Run the action."""
        try:
            return await awaited(handler(instance, *args))
        except Exception as failure:
            self._raised = report(failure)
            raise

    def encode(self, output: Any) -> None:
        return None

    def encode_error(self, err: ActorError) -> ActorError:
        return err

    def deliver(self, frame: ActorError | None) -> None:
        self._on_over(None if frame is None else self._failure(frame))

    def _failure(self, err: ActorError) -> Failure:
        """What the history keeps."""
        if self._raised is not None and err.name != "actor.action_timed_out":
            return self._raised
        return report(error("schedule.interrupted") if err.name in CUT_OFF else err)


class Firings:
    """Those of one actor. `on_over(key)` is called when an attempt has ended, once what it did is durable.

    `live` holds each from its beginning until its end has been stored. As long as there is one the actor
    stays awake.
    """

    __slots__ = ("_clock", "_definition", "_dispatcher", "_home", "_on_over", "_work", "live")

    def __init__(
        self,
        home: Identity,
        definition: ActorDefinition,
        dispatcher: Dispatcher,
        clock: Clock,
        work: Work,
        on_over: Callable[[Key], None],
    ) -> None:
        self._home = home
        self._definition = definition
        self._dispatcher = dispatcher
        self._clock = clock
        self._work = work
        self._on_over = on_over
        self.live: dict[Key, Live] = {}

    def begin(self, row: StoredSchedule, run: StoredRun) -> None:
        """Run the action. Whatever comes of it, `on_over` is called."""
        key = run.schedule_id, run.number
        self.forget(key)  # the attempt before this one, whose end is being stored
        self.live[key] = Live(self._clock.monotonic())
        self._work.begin(Kind.SCHEDULED)
        try:
            action = self._definition.action(row.action)
            args = action.bind(cbor.decode(row.args))
        except ActorError as failure:
            self._over(key, report(failure))
            return
        firing = Firing.of(row, run)
        outcome = _Outcome(partial(self._over, key))
        token = current.set(None)  # nobody waits for it, whoever's code has led to this
        try:
            invocation = ScheduledInvocation(self._home, action, args, outcome, firing)
            self._dispatcher.overdraw()
            self._dispatcher.start(invocation)
        finally:
            current.reset(token)

    def _over(self, key: Key, failure: Failure) -> None:
        live = self.live.get(key)
        if live is not None and not live.over:
            live.over, live.failure = True, failure
            self._on_over(key)

    def forget(self, key: Key, only: Live | None = None) -> None:
        """The end of that attempt has been stored, or is nobody's business any more."""
        live = self.live.get(key)
        if live is not None and only in (None, live):
            del self.live[key]
            self._work.measures.took(Kind.SCHEDULED, self._clock.monotonic() - live.began)
            self._work.end(Kind.SCHEDULED)

    def close(self) -> None:
        """The generation is over: what still runs has been interrupted."""
        for key in tuple(self.live):
            self.forget(key)
        self._on_over = untied


class Live:
    """`failure` holds once it is `over`."""

    __slots__ = ("began", "failure", "over")

    def __init__(self, began: float) -> None:
        self.began = began
        self.over = False
        self.failure: Failure = None
