"""The life of one generation of one actor as a table: (State, Event) -> State.

`task.py` moves along it; nothing else changes a state. Pure: no clock, no I/O, imports nothing but enum.
`python -m actors.runtime.lifecycle` prints the diagram that docs/lifecycle.md shows.
"""

from enum import Enum


class State(Enum):
    """Where the actor is. RivetKit: rivetkit-core/src/actor/task.rs (`LifecycleState`)."""

    LOADING = "loading"
    STARTED = "started"
    SLEEP_GRACE = "sleep_grace"
    DESTROY_GRACE = "destroy_grace"
    SLEEP_FINALIZE = "sleep_finalize"
    DESTROYING = "destroying"
    TERMINATED = "terminated"


class Event(Enum):
    """What happens to it. A wish to stop while loading is remembered, and repeated once started."""

    STARTED = "started"
    START_FAILED = "start failed"
    SLEEP = "sleep"
    DESTROY = "destroy"
    GRACE_OVER = "grace over"
    FINALIZED = "finalized"
    FENCED = "fenced"
    STORE_FAILED = "store failed"


class IllegalTransition(Exception):
    """An event that cannot happen in that state: a bug of the task."""


_FALLEN = {Event.FENCED: State.TERMINATED, Event.STORE_FAILED: State.TERMINATED}

TABLE = {
    State.LOADING: {
        Event.STARTED: State.STARTED,
        Event.START_FAILED: State.TERMINATED,
        Event.SLEEP: State.LOADING,
        Event.DESTROY: State.LOADING,
        **_FALLEN,
    },
    State.STARTED: {
        Event.SLEEP: State.SLEEP_GRACE,
        Event.DESTROY: State.DESTROY_GRACE,
        **_FALLEN,
    },
    State.SLEEP_GRACE: {
        Event.SLEEP: State.SLEEP_GRACE,
        Event.DESTROY: State.DESTROY_GRACE,
        Event.GRACE_OVER: State.SLEEP_FINALIZE,
        **_FALLEN,
    },
    State.DESTROY_GRACE: {
        Event.SLEEP: State.DESTROY_GRACE,
        Event.DESTROY: State.DESTROY_GRACE,
        Event.GRACE_OVER: State.DESTROYING,
        **_FALLEN,
    },
    State.SLEEP_FINALIZE: {
        Event.SLEEP: State.SLEEP_FINALIZE,
        Event.DESTROY: State.DESTROYING,
        Event.FINALIZED: State.TERMINATED,
        **_FALLEN,
    },
    State.DESTROYING: {
        Event.SLEEP: State.DESTROYING,
        Event.DESTROY: State.DESTROYING,
        Event.FINALIZED: State.TERMINATED,
        **_FALLEN,
    },
    State.TERMINATED: {
        Event.SLEEP: State.TERMINATED,
        Event.DESTROY: State.TERMINATED,
        Event.FENCED: State.TERMINATED,
        Event.STORE_FAILED: State.TERMINATED,
    },
}


def transition(state: State, event: Event) -> State:
    """The next state. Raises IllegalTransition for a pair that the table lacks."""
    try:
        return TABLE[state][event]
    except KeyError:
        raise IllegalTransition(f"{event.value!r} cannot happen while {state.value!r}") from None


def accepts_calls(state: State, connected: bool) -> bool:
    """Whether an action may begin: anyone's while started, an open connection's also while falling asleep."""
    return state is State.STARTED or (connected and state is State.SLEEP_GRACE)


def mermaid() -> str:
    """The table as a mermaid state diagram; events that change nothing are left out."""
    lines = ["stateDiagram-v2", "    [*] --> loading"]
    for state, row in TABLE.items():
        for target in dict.fromkeys(row.values()):
            events = [event.value for event in row if row[event] is target]
            if target is not state:
                lines.append(f"    {state.value} --> {target.value}: {' / '.join(events)}")
    lines.append(f"    {State.TERMINATED.value} --> [*]")
    return "\n".join(lines)


if __name__ == "__main__":
    print(mermaid())
