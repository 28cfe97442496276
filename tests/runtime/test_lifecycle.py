"""The table, every cell of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from actors.runtime.lifecycle import (
    TABLE,
    Event,
    IllegalTransition,
    State,
    accepts_calls,
    mermaid,
    transition,
)

ROOT = Path(__file__).resolve().parents[2]

L, S, SG, DG, SF, D, T = State
EVENTS = list(Event)
# One row a state; columns in the order of Event, spelt out in the test below.
EXPECTED = {
    L: [S, T, L, L, None, None, T, T],
    S: [None, None, SG, DG, None, None, T, T],
    SG: [None, None, SG, DG, SF, None, T, T],
    DG: [None, None, DG, DG, D, None, T, T],
    SF: [None, None, SF, D, None, T, T, T],
    D: [None, None, D, D, None, T, T, T],
    T: [None, None, T, T, None, None, T, T],
}
CELLS = [(state, event, EXPECTED[state][column]) for state in State for column, event in enumerate(EVENTS)]


def test_the_columns_are_these() -> None:
    names = "started, start failed, sleep, destroy, grace over, finalized, fenced, store failed"
    assert ", ".join(event.value for event in EVENTS) == names


@pytest.mark.parametrize(("state", "event", "target"), [cell for cell in CELLS if cell[2]], ids=str)
def test_legal(state: State, event: Event, target: State) -> None:
    assert transition(state, event) is target


@pytest.mark.parametrize(("state", "event"), [cell[:2] for cell in CELLS if cell[2] is None], ids=str)
def test_illegal(state: State, event: Event) -> None:
    with pytest.raises(IllegalTransition, match=event.value):
        transition(state, event)


def test_every_state_can_end() -> None:
    reached = {State.TERMINATED}
    for _ in State:
        reached |= {state for state, row in TABLE.items() if reached & set(row.values())}
    assert reached == set(State)


def test_nothing_leaves_the_end() -> None:
    assert set(TABLE[State.TERMINATED].values()) == {State.TERMINATED}


@pytest.mark.parametrize("state", State)
def test_who_may_call(state: State) -> None:
    assert accepts_calls(state, connected=False) is (state is State.STARTED)
    assert accepts_calls(state, connected=True) is (state in (State.STARTED, State.SLEEP_GRACE))


def test_the_docs_show_this_table() -> None:
    page = (ROOT / "docs" / "lifecycle.md").read_text()
    assert f"```mermaid\n{mermaid()}\n```" in page


def test_the_module_prints_the_diagram() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "actors.runtime.lifecycle"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout.strip() == mermaid()
