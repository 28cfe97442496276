"""What is kept of the failure of a message: bounded, storable, and with what tells most."""

from __future__ import annotations

from actors.runtime.failure import CUT, LONGEST_ERROR, LONGEST_TRACE, line_of, reason_of, trace_of


def raised(failure: Exception) -> Exception:
    try:
        raise failure
    except Exception as exc:
        return exc


def test_a_trace_says_where_and_what() -> None:
    trace = trace_of(raised(ValueError("no good")))
    assert trace.startswith("Traceback (most recent call last):")
    assert ", in raised" in trace
    assert trace.endswith("ValueError: no good\n")


def test_a_long_trace_loses_its_middle() -> None:
    cause = raised(KeyError("first"))
    failure = ValueError("x" * LONGEST_TRACE + "the end")
    failure.__cause__ = cause
    trace = trace_of(raised(failure))
    assert LONGEST_TRACE - 2 <= len(trace) <= LONGEST_TRACE
    assert "KeyError: 'first'" in trace
    assert CUT in trace
    assert trace.endswith("the end\n")


def test_what_cannot_be_stored_is_replaced() -> None:
    assert line_of("a\0b\udfff") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert "\0" not in trace_of(ValueError("a\0b"))
    assert len(line_of("x" * 2 * LONGEST_ERROR)) == LONGEST_ERROR


def test_a_reason_is_what_it_is_and_what_it_says_if_it_says_anything() -> None:
    assert reason_of(ValueError("no ink")) == "ValueError: no ink"
    assert reason_of(ValueError()) == "ValueError"
