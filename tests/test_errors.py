"""ActorError, the constructor over the table, masking, and the page that documents it."""

from __future__ import annotations

import ast
import pickle
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.errors import ERRORS, MISSING, ActorError, UserError, api_status, error, is_retried, sanitize
from tests import errors_page

ROOT = Path(__file__).resolve().parent.parent

INTERNAL = "An internal error occurred"


def test_an_error_says_who_what_and_why() -> None:
    err = error("actor.overloaded", channel="inbox", operation="call", capacity=8)
    assert (err.group, err.code, err.name, err.status) == ("actor", "overloaded", "actor.overloaded", 503)
    text = "Actor channel 'inbox' is overloaded while attempting to call (capacity 8)."
    assert str(err) == f"actor.overloaded: {text}"
    assert err.payload() == {
        "group": "actor",
        "code": "overloaded",
        "message": text,
        "metadata": {"channel": "inbox", "operation": "call", "capacity": 8},
    }


def test_missing_metadata_is_left_out_of_the_payload() -> None:
    err = error("actor.restarting")
    assert err.metadata is MISSING
    assert "metadata" not in err.payload()
    assert "metadata" not in UserError("no", metadata=None).payload()
    assert UserError("no", metadata=0).payload()["metadata"] == 0


def test_a_message_can_replace_the_template_and_keep_the_metadata() -> None:
    err = error("actor.not_found", "Actor route '/x' was not found.", id="/x", resource="route")
    assert err.message == "Actor route '/x' was not found."
    assert err.metadata == {"id": "/x", "resource": "route"}


def test_an_unfilled_template_does_not_fail() -> None:
    assert error("queue.full").message == "Queue is full. Limit is {limit} messages."


def test_a_code_outside_the_table_cannot_be_made_by_name() -> None:
    with pytest.raises(KeyError):
        error("actor.invented")


def test_a_user_error_is_public_and_500() -> None:
    err = UserError("Not your turn", "not_your_turn", {"turn": 3})
    assert (err.name, err.status, err.public) == ("user.not_your_turn", 500, True)
    assert UserError("x").code == "user_error"
    assert sanitize(err) is err


@pytest.mark.parametrize("err", [UserError("m", "c", {"a": 1}), UserError("m"), error("actor.stopping")])
def test_errors_travel_between_processes(err: ActorError) -> None:
    copy = pickle.loads(pickle.dumps(err))
    assert type(copy) is type(err)
    assert copy.payload() == err.payload()
    assert (copy.status, copy.public) == (err.status, err.public)
    assert copy.metadata is MISSING or err.metadata is not MISSING


def test_public_errors_pass_unchanged() -> None:
    err = error("actor.action_timed_out")
    assert sanitize(err) is err


def test_hidden_errors_keep_only_their_address() -> None:
    masked = sanitize(error("actor.state_not_serializable", actor="Chat", reason="secret"))
    assert masked.payload() == {"group": "actor", "code": "state_not_serializable", "message": INTERNAL}


def test_errors_of_unknown_groups_are_hidden_and_500() -> None:
    masked = sanitize(ActorError("connection", "custom_error", "secret", {"a": 1}))
    assert masked.payload() == {"group": "connection", "code": "custom_error", "message": INTERNAL}
    assert masked.status == 500
    shown = ActorError("connection", "custom_error", "told", public=True)
    assert sanitize(shown) is shown


def test_other_exceptions_tell_nothing() -> None:
    masked = sanitize(ValueError("password=1"))
    assert masked.payload() == {"group": "rivetkit", "code": "internal_error", "message": INTERNAL}
    assert masked.status == 500


def test_debug_exposes_everything() -> None:
    hidden = error("actor.state_not_serializable", actor="Chat", reason="why")
    assert sanitize(hidden, expose=True) is hidden
    assert sanitize(ValueError("why"), expose=True).message == "ValueError: why"


@pytest.mark.parametrize(
    "name",
    [
        "actor.not_found",
        "actor.starting",
        "actor.stopping",
        "actor.not_configured",
        "actor.dropped_reply",
        "actor.destroying",
        "actor.destroyed_during_creation",
        "actor.destroyed_while_waiting_for_ready",
        "actor.restarting",
        "actor.stopped",
        "ws.going_away",
        "guard.service_unavailable",
        "guard.actor_wake_retries_exceeded",
        "guard.actor_stopped_while_waiting",
        "guard.tunnel_request_aborted",
        "guard.tunnel_message_timeout",
        "guard.tunnel_response_closed",
        "guard.gateway_response_start_timeout",
    ],
)
def test_what_the_official_client_repeats_is_known(name: str) -> None:
    assert is_retried(error(name))


def test_what_says_that_a_handler_ran_is_never_repeated() -> None:
    for name in ("actor.outcome_unknown", "actor.fenced", "actor.lease_lost", "actor.overloaded"):
        assert not is_retried(error(name))
    assert not is_retried(UserError("no"))
    assert is_retried(ActorError("actor", "destroyed_by_magic", "any code with this prefix"))


def test_the_management_api_has_its_own_statuses() -> None:
    assert api_status(error("actor.not_found")) == 400
    assert api_status(error("api.not_found")) == 404
    assert api_status(error("storage.unavailable")) == 503
    assert api_status(ActorError("any", "thing", "")) == 400
    assert api_status(ValueError()) == 500


def test_the_docs_page_is_that_of_the_table() -> None:
    assert errors_page.PAGE.read_text() == errors_page.render(), "run: python -m tests.errors_page"


def calls_of_error() -> Iterator[tuple[str, ast.Call]]:
    """Every `error("group.code", ...)` of the platform, with its place."""
    for floor in ("actors", "inspector"):
        for path in sorted((ROOT / floor).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "error" and node.args:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_error_that_the_platform_raises_is_in_the_table_with_its_fields_filled() -> None:
    wrong, seen = [], 0
    for place, call in calls_of_error():
        name = call.args[0]
        if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
            continue
        seen += 1
        if name.value not in ERRORS:
            wrong.append(f"{place}: {name.value} is not in the table")
        elif len(call.args) == 1 and None not in (given := {keyword.arg for keyword in call.keywords}):
            template = ERRORS[name.value].message
            asked = {field for _, field, _, _ in string.Formatter().parse(template) if field}
            wrong += [f"{place}: {name.value} lacks {field}" for field in asked - given]
    assert wrong == []
    assert seen > 50
