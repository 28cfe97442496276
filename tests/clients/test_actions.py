"""Actions as the official client calls them: addressing, values, errors, keys, in each encoding."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.conftest import TOKEN, Drive
from tests.servers import LiveServer


def test_addressing(server: LiveServer, encoding: str, drive: Drive) -> None:
    seen = drive("actions", server, ENCODING=encoding)
    assert (seen["first"], seen["again"], seen["byId"], seen["snakeCase"]) == (5, 6, 6, 6)
    assert seen["idIsText"]
    assert seen["input"] == {"from": "tests", "n": 7}
    assert seen["madeWithInput"] == ["a", 1]
    assert seen["nested"] == "added Ada"
    assert seen["identity"]["name"] == "echo"
    assert seen["several"] == [1, "two", [3], None]
    missing = seen["missing"]["error"]
    assert (missing["group"], missing["code"]) == ("actor", "not_found")


def test_a_second_create_names_the_actor_that_has_the_key(server: LiveServer, drive: Drive) -> None:
    duplicate = drive("actions", server)["duplicate"]["error"]
    assert (duplicate["group"], duplicate["code"]) == ("actor", "duplicate_key")
    assert duplicate["metadata"]["existing_actor_id"]


def test_values_come_back_as_they_went(server: LiveServer, encoding: str, drive: Drive) -> None:
    seen = drive("values", server, ENCODING=encoding)
    expected = {name: {"value": value} for name, value in seen["sent"].items()}
    # Python has one kind of integer: a small BigInt is a number when it comes back.
    expected["smallBig"] = {"value": 5}
    if encoding == "cbor":
        # In this mode the client sends a list as it is, and on receipt takes `["$Set", ...]` for a set.
        del expected["lookalike"]
    for door in ("http", "socket"):
        got = {name: seen[door][name] for name in expected}
        assert got == expected, door


class TestErrors:
    @pytest.fixture
    def failures(self, server: LiveServer, encoding: str, drive: Drive) -> dict[str, dict[str, Any]]:
        return drive("errors", server, ENCODING=encoding)

    def test_each_is_what_it_should_be(self, failures: dict[str, dict[str, Any]]) -> None:
        for door in ("http", "socket"):
            self._check(failures[door])
        assert failures["aliveAfterwards"] == 1

    def _check(self, seen: dict[str, Any]) -> None:
        errors = {name: result["error"] for name, result in seen.items() if name != "changes"}
        assert _parts(errors["user"]) == ("user", "closed", "The shop is closed.")
        assert errors["user"]["metadata"] == {"opens": 9, "days": ["Mon", "Tue"]}
        assert _parts(errors["bareUser"]) == ("user", "user_error", "Just no.")
        assert _parts(errors["unknown"])[:2] == ("actor", "action_not_found")
        assert _parts(errors["halfWay"])[:2] == ("user", "half_way")
        assert seen["changes"] == 1
        for name in ("badArgument", "tooMany"):
            assert _parts(errors[name])[:2] == ("actor", "invalid_request"), name
        assert "amount" in errors["badArgument"]["message"]


def test_a_plain_exception_is_masked_outside_debug(
    production: LiveServer, encoding: str, drive: Drive
) -> None:
    seen = drive("errors", production, ENCODING=encoding, TOKEN=TOKEN)
    for door in ("http", "socket"):
        plain = seen[door]["plain"]["error"]
        assert _parts(plain) == ("rivetkit", "internal_error", "An internal error occurred")
        assert "hunter2" not in str(seen)


def test_odd_keys_reach_one_actor_by_every_way(server: LiveServer, encoding: str, drive: Drive) -> None:
    seen = drive("keys", server, ENCODING=encoding)
    run = seen["run"]
    assert len(seen["seen"]) == 12
    for part, found in seen["seen"].items():
        assert found == {"key": [run, part], "same": True}, part
    assert seen["depth"] == [run, "a", "b", "c"]
    assert seen["noKey"] == []
    assert seen["plainText"] == [f"{run} text"]
    assert seen["apart"] == 3
    assert seen["tooLong"]["error"]["code"] == "key_too_large"


def _parts(error: dict[str, Any]) -> tuple[str, str, str]:
    return error["group"], error["code"], error["message"]
