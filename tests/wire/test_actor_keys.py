"""actors.protocol.keys against ts/actor/keys.ts."""

from __future__ import annotations

from typing import Any

import pytest

from actors.protocol.keys import parse_key, serialize_key
from tests.wire import golden

FILE = golden.load("actor_keys.json")


@pytest.mark.parametrize("case", FILE["serialize"], ids=lambda case: repr(case["key"]))
def test_writes_and_reads_keys_as_the_original(case: dict[str, Any]) -> None:
    key = tuple(case["key"])
    assert serialize_key(key) == case["serialized"]
    assert parse_key(case["serialized"]) == key


@pytest.mark.parametrize("case", FILE["deserialize_edge_cases"], ids=lambda case: repr(case["serialized"]))
def test_reads_odd_text_as_the_original(case: dict[str, Any]) -> None:
    text = None if case["serialized"] == "(undefined)" else case["serialized"]
    assert parse_key(text) == tuple(case["deserialized"])
