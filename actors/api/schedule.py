"""Scheduling: what an actor is to do later: `await self.schedule.after(60, self.remind, "tea")`.

See docs/schedules.md. Refuses what makes no sense, and arguments that the action does not take, before
anything is stored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final, Protocol, TypeAlias, TypedDict, TypeVar, TypeVarTuple, Unpack, overload

from actors.api.actions import action_mark
from actors.api.calls import Call
from actors.api.define import ActionMember, Blueprint
from actors.api.words import check_words
from actors.errors import error
from actors.protocol import cbor
from actors.runtime.cadence import Cadence, cron, every
from actors.runtime.firing import Firing
from actors.runtime.planned import Schedule
from actors.runtime.rules import Misfire, Overlap, Retry, Rules
from actors.runtime.schedule import Runs, Scheduler, Schedules

LONGEST_NAME: Final = 128
MOST_BYTES: Final = 64 * 1024
"""Of the arguments of one schedule."""
LAST_TIME: Final = 253_402_300_799_999
"""The end of the year 9999, in Unix milliseconds."""
MOST_RUNS: Final = 1000
"""Of one history."""


class OfActor(Protocol):
    """An actor: what a method that is taken from its class has before its arguments."""

    @property
    def schedule(self) -> Scheduling: ...


Seconds: TypeAlias = float | timedelta
Time: TypeAlias = int | datetime
A = TypeVar("A", bound=OfActor)
Ts = TypeVarTuple("Ts")


class Once(TypedDict, total=False):
    """What may be said of a one-shot. It keeps `max_history` runs."""

    retry: Retry
    misfire: Misfire
    max_history: int


class Recurring(Once, total=False):
    """What may be said of a recurring one. `overlap` is for a time at which the last run still goes on."""

    overlap: Overlap


class InZone(Recurring, total=False):
    """`timezone` is an IANA name such as Europe/Berlin, or Django's `get_current_timezone()`."""

    timezone: str | tzinfo


class Scheduling:
    """An action is given as a method, `self.remind` or `Reminders.remind`, or by its name; then come its
    arguments.

    What a call has returned is durable. Raises schedule.* for what is refused, actor.action_not_found,
    actor.invalid_request for arguments that the action does not take, and storage.unavailable.
    """

    __slots__ = ("_blueprint", "_scheduler")

    def __init__(self, scheduler: Scheduler, blueprint: Blueprint) -> None:
        self._scheduler = scheduler
        self._blueprint = blueprint

    @property
    def cron(self) -> CronScheduling:
        """Actions that run time and again."""
        return CronScheduling(self._scheduler, self._blueprint)

    @property
    def firing(self) -> Firing | None:
        """The schedule on whose behalf this code runs; None where it does not run by a schedule."""
        return self._scheduler.firing

    # mypy finds no implementation wide enough for signatures that unpack *Ts.
    # -- once ----------------------------------------------------------------------------------------
    @overload
    async def after(self, delay: Seconds, action: str, *args: Any, **rules: Unpack[Once]) -> int: ...
    @overload
    async def after(
        self, delay: Seconds, action: Callable[[*Ts], Call[Any]], *args: *Ts, **rules: Unpack[Once]
    ) -> int: ...
    @overload
    async def after(
        self,
        delay: Seconds,
        action: Callable[[A, *Ts], Call[Any]],
        *args: *Ts,
        **rules: Unpack[Once],
    ) -> int: ...
    async def after(self, delay: Any, action: Any, *args: Any, **rules: Any) -> int:  # type: ignore[misc]
        """Run an action in so many seconds, once. Returns the id of the schedule."""
        due_at = self._scheduler.now() + _milliseconds(delay)
        return await self._once(due_at, action, args, _rules("schedule.after()", Once, rules))

    @overload
    async def at(self, time: Time, action: str, *args: Any, **rules: Unpack[Once]) -> int: ...
    @overload
    async def at(
        self, time: Time, action: Callable[[*Ts], Call[Any]], *args: *Ts, **rules: Unpack[Once]
    ) -> int: ...
    @overload
    async def at(
        self, time: Time, action: Callable[[A, *Ts], Call[Any]], *args: *Ts, **rules: Unpack[Once]
    ) -> int: ...
    async def at(self, time: Any, action: Any, *args: Any, **rules: Any) -> int:  # type: ignore[misc]
        """Run an action at a time, an aware datetime or Unix milliseconds, once; at once if that has passed.

        Returns the id of the schedule.
        """
        return await self._once(_unix(time), action, args, _rules("schedule.at()", Once, rules))

    async def _once(self, due_at: int, action: Any, args: Sequence[Any], rules: Rules) -> int:
        if not 0 <= due_at <= LAST_TIME:
            raise error("schedule.invalid_time", reason="it is outside the years 1970 to 9999")
        name, packed = resolve(self._blueprint, action, args)
        return await self._scheduler.add(name, packed, due_at, rules)

    # -- all of them ---------------------------------------------------------------------------------
    async def get(self, schedule: int | str) -> Schedule | None:
        """The schedule with that id or name, None if there is none; a one-shot that has fired is none."""
        return await self._scheduler.find(_reference("get", schedule))

    async def list(self) -> Schedules:
        """What is to fire, the next one first."""
        return await self._scheduler.list()

    async def cancel(self, schedule: int | str) -> bool:
        """Whether there was something to cancel. Its history goes with it; a run that has begun goes on."""
        return await self._scheduler.cancel(_reference("cancel", schedule))

    async def pause(self, schedule: int | str) -> bool:
        """Whether there is such a schedule. From now on nothing of it begins; what has begun goes on.

        Setting its name again keeps the pause.
        """
        return await self._scheduler.pause(_reference("pause", schedule))

    async def resume(self, schedule: int | str) -> bool:
        """Whether there is such a schedule. Its misfire policy says what becomes of what it has missed."""
        return await self._scheduler.resume(_reference("resume", schedule))

    async def skip(self, schedule: int | str) -> int | None:
        """The next time, which is passed over, in Unix milliseconds; None if there is none.

        What was missed up to now, as in a pause, is passed over with it.
        """
        return await self._scheduler.skip(_reference("skip", schedule))

    async def backfill(self, schedule: int | str, since: Time, until: Time) -> int:
        """Run the times of a recurring schedule in a range that has passed, whether they have run or not.

        In order, and as `overlap` says one by one. Returns how many there are. Raises schedule.not_recurring,
        schedule.invalid_time, schedule.backfill_too_large.
        """
        reference = _reference("backfill", schedule)
        return await self._scheduler.backfill(reference, _unix(since), _unix(until))

    async def history(self, schedule: int | str, limit: int = 20) -> Runs:
        """The latest runs, the last first; also of one of the last hundred one-shots that have fired."""
        _check_limit(limit)
        return await self._scheduler.history(_reference("history", schedule), limit)


class CronScheduling:
    """`self.schedule.cron`: recurring schedules, each with a name. Setting a name again changes its schedule;
    an unchanged cadence keeps its next time, so hooks may set theirs at each start.
    """

    __slots__ = ("_blueprint", "_scheduler")

    def __init__(self, scheduler: Scheduler, blueprint: Blueprint) -> None:
        self._scheduler = scheduler
        self._blueprint = blueprint

    @overload
    async def set(
        self, name: str, expression: str, action: str, *args: Any, **rules: Unpack[InZone]
    ) -> int: ...
    @overload
    async def set(
        self,
        name: str,
        expression: str,
        action: Callable[[*Ts], Call[Any]],
        *args: *Ts,
        **rules: Unpack[InZone],
    ) -> int: ...
    @overload
    async def set(
        self,
        name: str,
        expression: str,
        action: Callable[[A, *Ts], Call[Any]],
        *args: *Ts,
        **rules: Unpack[InZone],
    ) -> int: ...
    async def set(  # type: ignore[misc]
        self, name: Any, expression: Any, action: Any, *args: Any, timezone: Any = "UTC", **rules: Any
    ) -> int:
        """Run an action by five fields of cron, in a time zone such as Europe/Berlin. Returns the id."""
        cadence = cron(expression, timezone, self._scheduler.now())
        return await self._recurring(
            name, action, args, _rules("schedule.cron.set()", InZone, rules, cadence)
        )

    @overload
    async def every(
        self, name: str, interval: Seconds, action: str, *args: Any, **rules: Unpack[Recurring]
    ) -> int: ...
    @overload
    async def every(
        self,
        name: str,
        interval: Seconds,
        action: Callable[[*Ts], Call[Any]],
        *args: *Ts,
        **rules: Unpack[Recurring],
    ) -> int: ...
    @overload
    async def every(
        self,
        name: str,
        interval: Seconds,
        action: Callable[[A, *Ts], Call[Any]],
        *args: *Ts,
        **rules: Unpack[Recurring],
    ) -> int: ...
    async def every(  # type: ignore[misc]
        self, name: Any, interval: Any, action: Any, *args: Any, **rules: Any
    ) -> int:
        """Run an action each `interval` seconds, 5 at least, the first time after one. Returns the id."""
        cadence = every(_milliseconds(interval), self._scheduler.now())
        return await self._recurring(
            name, action, args, _rules("schedule.cron.every()", Recurring, rules, cadence)
        )

    async def _recurring(self, name: Any, action: Any, args: Sequence[Any], rules: Rules) -> int:
        _check_name(name)
        wire_name, packed = resolve(self._blueprint, action, args)
        return await self._scheduler.set(name, wire_name, packed, rules)


def resolve(blueprint: Blueprint, action: Any, args: Sequence[Any]) -> tuple[str, bytes]:
    """The published name of an action and its arguments as stored. Raises what a call of it would."""
    member = _member(blueprint, action)
    packed = cbor.encode(member.signature.pack(args, {}))
    if len(packed) > MOST_BYTES:
        raise error("schedule.args_too_large", size=len(packed), limit=MOST_BYTES)
    member.signature.bind(cbor.decode(packed))
    return member.names[0], packed


def _member(blueprint: Blueprint, action: Any) -> ActionMember:
    if isinstance(action, str):
        found = (member for member in blueprint.actions.values() if action in member.names)
    else:
        function = getattr(action, "__func__", action)
        name = getattr(function, "__name__", "") if action_mark(function) is not None else ""
        found = (member for member in blueprint.actions.values() if member.attribute == name)
    member = next(found, None)
    if member is None:
        raise error("actor.action_not_found", action=action if isinstance(action, str) else repr(action))
    return member


def _rules(method: str, words: type[Once], given: dict[str, Any], cadence: Cadence | None = None) -> Rules:
    """What was given to that method by name, of which those `words` may be said.

    Raises schedule.invalid_policy, schedule.invalid_max_history.
    """
    hint = "; an action is given its arguments by position"
    check_words("schedule.invalid_policy", method, words, given, hint)
    rules = Rules(cadence, **given)
    rules.check()
    return rules


def _milliseconds(seconds: Any) -> int:
    """Raises schedule.invalid_time."""
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not math.isfinite(seconds):
        raise error("schedule.invalid_time", reason=f"{seconds!r} is no number of seconds and no timedelta")
    return math.ceil(min(max(seconds, 0.0), LAST_TIME) * 1000)


def _unix(time: Any) -> int:
    """Raises schedule.invalid_time."""
    if isinstance(time, datetime):
        if time.utcoffset() is None:
            raise error("schedule.invalid_time", reason=f"{time.isoformat()} has no time zone")
        return math.ceil(time.timestamp() * 1000)
    if not isinstance(time, int) or isinstance(time, bool):
        raise error("schedule.invalid_time", reason=f"{time!r} is no datetime and no Unix milliseconds")
    return max(time, 0)


def _reference(method: str, schedule: Any) -> int | str:
    """Raises actor.invalid_request for what names no schedule, such as the schedule itself."""
    if not isinstance(schedule, int | str) or isinstance(schedule, bool):
        reason = f"schedule.{method}() takes the id or the name of a schedule, not {schedule!r}"
        raise error("actor.invalid_request", reason=reason)
    return schedule


def _check_limit(limit: Any) -> None:
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MOST_RUNS:
        raise error("actor.invalid_request", reason=f"limit is between 1 and {MOST_RUNS}, not {limit!r}")


def _check_name(name: Any) -> None:
    """Raises schedule.invalid_name."""
    if not isinstance(name, str):
        raise error("schedule.invalid_name", reason=f"it is text, not {name!r}")
    try:
        size = len(name.encode())
    except UnicodeEncodeError as failure:
        raise error("schedule.invalid_name", reason="it has no UTF-8") from failure
    if not 1 <= size <= LONGEST_NAME or "\0" in name:
        raise error(
            "schedule.invalid_name", reason=f"it has 1 to {LONGEST_NAME} bytes and no NUL, not {size}"
        )
