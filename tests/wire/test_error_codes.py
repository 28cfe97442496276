"""The table of errors against RivetKit's declarations: message, status and masking, code by code."""

from __future__ import annotations

import string
from typing import Any

import pytest

from actors.errors import ERRORS, ErrorKind
from tests.wire import golden


def name(row: dict[str, Any]) -> str:
    return f"{row['group']}.{row['code']}"


ROWS = [row for row in golden.load("errors.json")["errors"] if name(row) in ERRORS]

OWN_WORDS = {
    "actor.invalid_request",  # there the text of one cause stands for all
    "actor.no_runner_config_configured",
    "actor.not_found",  # two texts there; the one of the gateway here, routes give the other
    "guard.actor_ready_timeout",
    "message.incoming_too_long",  # two texts there
    "protocol.invalid_persisted_data",
    "ws.going_away",
}
OWN_STATUS = {
    "api.internal_error",  # a server's fault is no 400
    "actor.not_registered",  # the caller's mistake
    "actor.overloaded",
    "actor.starting",
    "actor.stopping",
    "guard.actor_wake_retries_exceeded",  # 503 is what the running engine answers
    "inspector.invalid_request",  # mapped by the inspector's own routes there
    "inspector.unauthorized",
    "kv.key_too_large",  # the data's fault, as in the engine
    "kv.value_too_large",
    "protocol.invalid_actor_connect_request",  # the client's mistake
    "protocol.unsupported_encoding",
}
SHOWN_HERE = {
    "actor.invalid_request",
    "actor.not_registered",
    "actor.overloaded",
    "inspector.invalid_request",
    "inspector.unauthorized",
    "protocol.invalid_actor_connect_request",
    "protocol.unsupported_encoding",
    "queue.completion_waiter_dropped",  # its sender is to know that the message stays
}


def by_the_actor(row: dict[str, Any]) -> bool:
    return "rivetkit-core" in row["layer"]


def words(row: dict[str, Any]) -> str:
    return str(row["format"] or row["message"])


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_message_is_that_of_the_original(row: dict[str, Any]) -> None:
    ours = ERRORS[name(row)].message
    assert ours == words(row) or name(row) in OWN_WORDS


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_status_is_that_of_the_original(row: dict[str, Any]) -> None:
    theirs = row["status_actor_framework_route"] if by_the_actor(row) else row["status_gateway"]
    assert ERRORS[name(row)].status == theirs or name(row) in OWN_STATUS


@pytest.mark.parametrize("row", [row for row in ROWS if by_the_actor(row)], ids=name)
def test_what_the_original_hides_stays_hidden(row: dict[str, Any]) -> None:
    assert ERRORS[name(row)].public == row["client_visible_on_actor_routes"] or name(row) in SHOWN_HERE


def test_exceptions_are_still_exceptions() -> None:
    def differs(row: dict[str, Any]) -> bool:
        return ERRORS[name(row)].message != words(row)

    assert {name(row) for row in ROWS if differs(row)} == OWN_WORDS
    assert SHOWN_HERE.issubset(name(row) for row in ROWS if by_the_actor(row))


def test_most_of_what_clients_can_meet_is_there() -> None:
    groups = {"actor", "api", "guard", "message", "queue", "schedule", "kv"}
    assert len({name(row) for row in ROWS if row["group"] in groups}) > 60


@pytest.mark.parametrize(("code", "kind"), ERRORS.items())
def test_a_row_is_complete(code: str, kind: ErrorKind) -> None:
    assert code.count(".") == 1
    assert kind.message
    assert kind.hint.endswith(".")
    assert 400 <= kind.status < 600
    assert 400 <= kind.status_api < 600
    assert all(field != "" for _, field, _, _ in string.Formatter().parse(kind.message))
