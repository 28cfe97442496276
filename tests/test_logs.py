"""The table of log events: every event is said somewhere, and nothing else is."""

from __future__ import annotations

import json
import logging
import re
import sys

import pytest

from actors import logs
from actors.errors import error
from actors.json_logs import JsonFormatter
from actors.logs import ACTOR, EVENTS, LogEvent, named
from actors.plain_logs import PlainFormatter
from rivet_project.settings import LOGGING
from tests.databases import ROOT
from tests.log_schema import faults

SOURCES = {path: path.read_text() for path in (ROOT / "actors").rglob("*.py") if path.name != "logs.py"}
NAMES = {name: event for name, event in vars(logs).items() if isinstance(event, LogEvent)}


def test_no_two_events_have_one_text() -> None:
    assert len(EVENTS) == len(NAMES)


def test_texts_are_constant_and_fields_do_not_name_what_must_not_be_logged() -> None:
    assert [text for text in EVENTS if re.search(r"[%{]", text)] == []
    secret = {"key", "args", "state_bytes", "body", "params", "input", "token", "path", "url", "value"}
    assert {field for event in EVENTS.values() for field in event.fields} & secret == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_event_is_said(name: str) -> None:
    assert any(re.search(rf"\b{name}\b(?!:)", text) for text in SOURCES.values())


def test_nobody_logs_past_the_table() -> None:
    past = re.compile(r"\blogger\.(debug|info|warning|error|exception|critical|log)\(")
    assert [str(path) for path, text in SOURCES.items() if past.search(text)] == []


def record(event: LogEvent, **fields: object) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": event.text, "levelno": event.level, **fields})


def test_the_schema_refuses_what_the_table_does_not_have() -> None:
    fields = dict.fromkeys((*logs.TRANSITION.fields,), "x")
    assert faults(record(logs.TRANSITION, **fields)) == []
    assert len(faults(record(logs.TRANSITION, **fields, key="x"))) == 1
    assert len(faults(record(logs.TRANSITION, **dict.fromkeys(ACTOR, "x")))) == 1
    assert len(faults(record(logs.TRANSITION, **{**fields, "levelno": logging.INFO}))) == 1
    assert len(faults(record(logs.TRANSITION, **fields, exc_info=(ValueError, ValueError(), None)))) == 1
    assert len(faults(record(LogEvent(logging.INFO, "something new")))) == 1


def test_a_failure_is_named_without_what_it_says() -> None:
    assert named(ValueError("swordfish")) == "ValueError"
    assert named(AttributeError("x", name="swordfish")) == "AttributeError"
    assert named(error("actor.not_found")) == "actor.not_found"


def test_a_line_of_json_has_the_fields_beside_the_text() -> None:
    made = record(
        logs.ROWS_LEFT, actor_id="a", actor_name="counter", generation=1, error="storage.unavailable"
    )
    made.created, made.levelname, made.name = 0.5, "WARNING", "actors.runtime"
    assert json.loads(JsonFormatter().format(made)) == {
        "time": "1970-01-01T00:00:00.500+00:00",
        "level": "warning",
        "logger": "actors.runtime",
        "event": "rows of connections are left over",
        "actor_id": "a",
        "actor_name": "counter",
        "generation": 1,
        "error": "storage.unavailable",
    }


def test_a_traceback_stays_in_its_line() -> None:
    try:
        raise ValueError("no")
    except ValueError:
        made = record(logs.DOOR_FAILED, method="GET", error="ValueError", exc_info=sys.exc_info())
    line = JsonFormatter().format(made)
    assert "\n" not in line
    assert json.loads(line)["traceback"].endswith("ValueError: no")


def plain(made: logging.LogRecord) -> str:
    """As the demo site's console says it without LOG_JSON."""
    how = {name: value for name, value in LOGGING["formatters"]["line"].items() if name != "()"}
    return PlainFormatter(**how).format(made)


def test_a_plain_line_has_the_fields_behind_the_text_and_no_others() -> None:
    assert LOGGING["formatters"]["line"]["()"] == "actors.plain_logs.PlainFormatter"
    about = {"actor_id": "a", "actor_name": "counter", "generation": 1}
    made = record(logs.GIVEN_UP, **about, queue="jobs", message_id=7, attempts=3, token="swordfish")
    made.levelname, made.name = "ERROR", "actors.runtime.queue"
    assert plain(made) == (
        "ERROR actors.runtime.queue: a message was given up: it is a dead letter now"
        " actor_id=a actor_name=counter generation=1 queue=jobs message_id=7 attempts=3"
    )
    own = logging.makeLogRecord({"msg": "hello %s", "args": ("you",), **about, "letter": "swordfish"})
    assert plain(own).endswith(": hello you actor_id=a actor_name=counter generation=1")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a queue", '"a queue"'),
        ("a=b", '"a=b"'),
        ("two\nlines", '"two\\nlines"'),
        ('"', '"\\""'),
        ("", '""'),
        ("x" * 81, "x" * 80 + "..."),
    ],
)
def test_a_plain_value_is_one_word_or_quoted(value: str, written: str) -> None:
    assert plain(record(logs.LEASE_OVER, queue=value)).endswith(f"again queue={written}")


def test_a_plain_line_comes_before_its_traceback_and_leaves_out_what_is_none() -> None:
    failure = ValueError("no")
    made = record(logs.DOOR_FAILED, method=None, error="ValueError", exc_info=(ValueError, failure, None))
    first, *more = plain(made).splitlines()
    assert first.endswith(": a request failed error=ValueError")
    assert more == ["ValueError: no"]
