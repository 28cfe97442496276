"""Measures: what the actors of one class count, in plain cells that cost an addition each.

The table SERIES says what there is; a gateway makes Prometheus's series of it. A cell belongs to a class,
never to an actor, so a thousand of one name cost what one does. Knows no library of metrics.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal, Protocol, TypeAlias

from actors.clock import Clock
from actors.runtime.kinds import CONNECTIONS, POLICIES, Kind
from actors.runtime.registry import Registry

MakeMeasures: TypeAlias = "Callable[[Sequence[str]], dict[str, Measures]]"
Sort: TypeAlias = Literal["gauge", "counter", "histogram"]

PREFIX: Final = "rivetkit_actor_"
LABEL: Final = "actor_name"
"""Every series begins with the one and has the other."""
BOUNDS: Final = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0)
"""Upper bounds in seconds. A histogram has a cell for each, one for what took longer, and one for the sum."""
SUM: Final = len(BOUNDS) + 1
_SHORT: Final = BOUNDS[0]


class Cells(Protocol):
    """A list of numbers, or what looks like one and lies where other processes see it."""

    def __getitem__(self, index: int, /) -> float: ...
    def __setitem__(self, index: int, value: float, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Series:
    """`labels`: the values that each label beside actor_name may have; all are there from the start."""

    sort: Sort
    name: str
    text: str
    labels: Mapping[str, Sequence[str]]

    def values(self) -> list[tuple[str, ...]]:
        return list(product(*self.labels.values()))

    @property
    def width(self) -> int:
        """Cells for one combination of labels."""
        return SUM + 1 if self.sort == "histogram" else 1


OPERATIONS: Final = ("action", "on_request", "queue_send")
_TASKS: Final = [policy.label for kind, policy in POLICIES.items() if kind not in CONNECTIONS]
_REASONS: Final = ("sleep", "destroy")
_PHASES: Final = ("load_persisted", "core_init", "runtime_preamble", "total")

SERIES: Final = (
    Series("gauge", "active_count", "Actors in memory.", {}),
    Series("gauge", "connections_active", "Open connections of awake actors.", {}),
    Series("gauge", "inbox_depth", "Accepted actions that have not begun.", {"inbox": ("dispatch",)}),
    Series(
        "gauge", "user_tasks_active", "Author code that is running, or waits for its turn.", {"kind": _TASKS}
    ),
    Series("gauge", "http_requests_active", "Raw HTTP requests that are being answered.", {}),
    Series(
        "gauge", "keep_awake_active", "Background work that holds its actor awake.", {"kind": ("keep_awake",)}
    ),
    Series("gauge", "queue_depth", "Messages of awake actors, dead letters included.", {}),
    Series("gauge", "shutdown_tasks_active", "Background work that only a shutdown waits for.", {}),
    Series("counter", "started_total", "Starts that have begun.", {}),
    Series("counter", "stopped_total", "Generations that have ended, in whatever way.", {}),
    Series("counter", "connections_total", "Connections that were let in.", {}),
    Series("counter", "queue_messages_sent_total", "Messages stored.", {}),
    Series("counter", "queue_messages_received_total", "Messages handed out, each attempt counted.", {}),
    Series("counter", "queue_messages_failed_total", "Attempts on messages that came to nothing.", {}),
    Series(
        "counter",
        "inbox_overload_total",
        "Calls refused with actor.overloaded.",
        {"inbox": ("dispatch",), "operation": OPERATIONS},
    ),
    Series("counter", "shutdown_timeout_total", "Ends that have used up their grace.", {"reason": _REASONS}),
    Series("counter", "action_errors_total", "Actions answered with an error.", {}),
    Series("counter", "calls_refused_total", "Calls of which no action was made.", {}),
    Series("counter", "state_mutation_total", "States stored.", {"reason": ("has_initialized", "changed")}),
    Series(
        "counter",
        "direct_subsystem_shutdown_warning_total",
        "Work refused because its actor has ended.",
        {"subsystem": ("work",), "operation": _TASKS},
    ),
    Series("counter", "outbox_delivered_total", "Calls of the outbox that were delivered.", {}),
    Series("counter", "outbox_retried_total", "Deliveries of the outbox that failed and are made again.", {}),
    Series("counter", "outbox_given_up_total", "Calls of the outbox that were given up.", {}),
    Series(
        "histogram",
        "startup_phase_duration_seconds",
        "Starting an actor, by phase.",
        {"phase": _PHASES, "is_new": ("true", "false"), "outcome": ("ok", "error")},
    ),
    Series("histogram", "create_state_duration_seconds", "The hook create_state.", {}),
    Series("histogram", "create_vars_duration_seconds", "The hook create_vars.", {}),
    Series("histogram", "user_task_duration_seconds", "How long author code has run.", {"kind": _TASKS}),
    Series("histogram", "alarm_lateness_seconds", "How late a sleeping actor was awake for its alarm.", {}),
    Series("histogram", "outbox_lag_seconds", "How long a call of the outbox took to be delivered.", {}),
    Series("histogram", "shutdown_wait_seconds", "What an end waits for running code.", {"reason": _REASONS}),
)


def layout(sort: Sort) -> dict[tuple[str, ...], int]:
    """The first cell of each (name, *label values) of one sort."""
    places: dict[tuple[str, ...], int] = {}
    free = 0
    for series in SERIES:
        if series.sort == sort:
            for values in series.values():
                places[series.name, *values] = free
                free += series.width
    return places


_GAUGES: Final = layout("gauge")
_COUNTERS: Final = layout("counter")
_HISTOGRAMS: Final = layout("histogram")
SIZES: Final[Mapping[Sort, int]] = {
    "gauge": len(_GAUGES),
    "counter": len(_COUNTERS),
    "histogram": len(_HISTOGRAMS) * (SUM + 1),
}

_ACTIVE: Final = _GAUGES["active_count",]
_WAITING: Final = _GAUGES["inbox_depth", "dispatch"]
_DEPTH: Final = _GAUGES["queue_depth",]
_SENT: Final = _COUNTERS["queue_messages_sent_total",]
_RECEIVED: Final = _COUNTERS["queue_messages_received_total",]
_FAILED: Final = _COUNTERS["queue_messages_failed_total",]
_ERRORS: Final = _COUNTERS["action_errors_total",]
_TURNED_AWAY: Final = _COUNTERS["calls_refused_total",]
_STARTED: Final = _COUNTERS["started_total",]
_STOPPED: Final = _COUNTERS["stopped_total",]
_LET_IN: Final = _COUNTERS["connections_total",]
IN_USE: Final = tuple(
    _GAUGES["connections_active",]
    if kind in CONNECTIONS
    else _GAUGES["user_tasks_active", POLICIES[kind].label]
    for kind in Kind
)
"""The gauge of each kind of work. `Work` counts it up and down itself, as it does for every action."""
_ALSO: Final[Mapping[Kind, int]] = {
    Kind.HTTP_REQUEST: _GAUGES["http_requests_active",],
    Kind.KEEP_AWAKE: _GAUGES["keep_awake_active", "keep_awake"],
    Kind.WAIT_UNTIL: _GAUGES["shutdown_tasks_active",],
}
_TOOK: Final = tuple(
    _HISTOGRAMS.get(("user_task_duration_seconds", POLICIES[kind].label), -1) for kind in Kind
)


class Measures:
    """Of one class of actors."""

    __slots__ = ("counters", "gauges", "histograms")

    def __init__(self, gauges: Cells, counters: Cells, histograms: Cells) -> None:
        self.gauges = gauges
        self.counters = counters
        self.histograms = histograms

    # -- work ----------------------------------------------------------------------------------------
    def task_began(self, kind: Kind) -> None:
        """A task of its own, beside the gauge of its kind."""
        if kind in _ALSO:
            self.gauges[_ALSO[kind]] += 1

    def task_ended(self, kind: Kind, seconds: float) -> None:
        if kind in _ALSO:
            self.gauges[_ALSO[kind]] -= 1
        self.took(kind, seconds)

    def took(self, kind: Kind, seconds: float) -> None:
        """How long work of a kind has lasted. For every action, so it calls nothing."""
        cells, first = self.histograms, _TOOK[kind]
        cells[first if seconds <= _SHORT else first + bisect_left(BOUNDS, seconds)] += 1
        cells[first + SUM] += seconds

    def answered_error(self) -> None:
        """An action was answered with an error."""
        self.counters[_ERRORS] += 1

    def refused(self, kind: Kind) -> None:
        """Work came after the end of its actor."""
        label = POLICIES[kind].label
        self.counters[_COUNTERS["direct_subsystem_shutdown_warning_total", "work", label]] += 1

    def turned_away(self) -> None:
        """A call is answered with an error before there was an action."""
        self.counters[_TURNED_AWAY] += 1

    # -- the inbox -----------------------------------------------------------------------------------
    def waits(self, change: int) -> None:
        """`change` is 1 for an accepted action that cannot begin yet, -1 once it has."""
        self.gauges[_WAITING] += change

    def overloaded(self, operation: str) -> None:
        """`operation` is the hook or the way in that was asked for; every other name is an action's."""
        label = operation if operation in OPERATIONS else "action"
        self.counters[_COUNTERS["inbox_overload_total", "dispatch", label]] += 1

    # -- queues --------------------------------------------------------------------------------------
    def queued(self, change: int) -> None:
        """The queues of an actor in memory hold `change` messages more."""
        self.gauges[_DEPTH] += change

    def sent(self) -> None:
        """A message has become durable."""
        self.counters[_SENT] += 1

    def received(self, count: int) -> None:
        """Messages were handed out."""
        self.counters[_RECEIVED] += count

    def message_failed(self) -> None:
        """The work on a message raised, or took longer than its lease; or its body cannot be read."""
        self.counters[_FAILED] += 1

    # -- the outbox ----------------------------------------------------------------------------------
    def delivered(self, seconds: float) -> None:
        """A call is done that was stored that long ago."""
        self.counters[_COUNTERS["outbox_delivered_total",]] += 1
        self._observe(_HISTOGRAMS["outbox_lag_seconds",], seconds)

    def undelivered(self, given_up: bool) -> None:
        """A delivery has failed, for good or until the next one."""
        self.counters[_COUNTERS["outbox_given_up_total" if given_up else "outbox_retried_total",]] += 1

    # -- the life of an actor ------------------------------------------------------------------------
    def entered(self) -> None:
        """A generation is in memory, and will be `left` once."""
        self.gauges[_ACTIVE] += 1
        self.counters[_STARTED] += 1

    def left(self) -> None:
        self.gauges[_ACTIVE] -= 1
        self.counters[_STOPPED] += 1

    def connected(self) -> None:
        """A new client was let in; one that comes back after a sleep is not new."""
        self.counters[_LET_IN] += 1

    def stored(self, first: bool) -> None:
        """A state has become durable."""
        self.counters[_COUNTERS["state_mutation_total", "has_initialized" if first else "changed"]] += 1

    def started(self, phases: Sequence[float], is_new: bool, succeeded: bool) -> None:
        """A start is over: the seconds of its phases before `total`, in the order of the table."""
        labels = str(is_new).lower(), "ok" if succeeded else "error"
        for phase, seconds in zip(_PHASES, (*phases, sum(phases)), strict=True):
            self._observe(_HISTOGRAMS["startup_phase_duration_seconds", phase, *labels], seconds)

    def woken(self, seconds: float) -> None:
        """An alarm was due that long before its actor was awake."""
        self._observe(_HISTOGRAMS["alarm_lateness_seconds",], seconds)

    def made(self, hook: str, seconds: float) -> None:
        """The hooks of a start; only those that make something have a series."""
        first = _HISTOGRAMS.get((f"{hook}_duration_seconds",))
        if first is not None:
            self._observe(first, seconds)

    def ending(self, reason: str, seconds: float, timed_out: bool) -> None:
        """The grace of an end is over. `reason` is "sleep" or "destroy"."""
        self._observe(_HISTOGRAMS["shutdown_wait_seconds", reason], seconds)
        self.counters[_COUNTERS["shutdown_timeout_total", reason]] += timed_out

    def _observe(self, first: int, seconds: float) -> None:
        cells = self.histograms
        cells[first + bisect_left(BOUNDS, seconds)] += 1
        cells[first + SUM] += seconds


class Laps:
    """A stopwatch: `seconds` between one `next` and the one before it."""

    __slots__ = ("_clock", "_since", "seconds")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.monotonic()
        self.seconds: list[float] = []

    def next(self) -> None:
        now = self._clock.monotonic()
        self.seconds.append(now - self._since)
        self._since = now


def in_memory(names: Sequence[str]) -> dict[str, Measures]:
    """For a process whose numbers nobody else asks for."""
    return {name: unseen() for name in names}


def unseen() -> Measures:
    """All zero, in lists of their own."""
    return Measures([0.0] * SIZES["gauge"], [0.0] * SIZES["counter"], [0.0] * SIZES["histogram"])


class Measurements:
    """The measures of one process. `make` gives those of the classes known when the first is asked for."""

    __slots__ = ("_made", "_make", "_registry")

    def __init__(self, registry: Registry, make: MakeMeasures = in_memory) -> None:
        self._registry = registry
        self._make = make
        self._made: dict[str, Measures] | None = None

    def of(self, name: str) -> Measures:
        """Of a registered class."""
        made = self.prepared()
        if name not in made:
            made |= in_memory([name])
        return made[name]

    def prepared(self) -> dict[str, Measures]:
        """By name, every registered class: all numbers are there before anything happens."""
        if self._made is None:
            self._made = self._make(self._registry.names())
        for name in self._registry.names():
            if name not in self._made:
                self._made |= in_memory([name])
        return self._made
