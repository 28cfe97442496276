"""The seal of calls between nodes: what it covers, how long it holds, what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.errors import ActorError
from actors.gateway.internal import MAX_AGE_MS, Sealed, hops_of, seal

NOW = 1_700_000_000_000
CALL = Sealed("POST", "/gateway/x/action/inc?a=1", b"body")


@pytest.mark.parametrize("hops", [0, 1])
def test_a_sealed_call_says_its_hops(hops: int) -> None:
    assert hops_of("secret", CALL, seal("secret", CALL, hops, NOW), NOW + 1000) == hops


@pytest.mark.parametrize(
    "other",
    [
        replace(CALL, method="DELETE"),
        replace(CALL, url="/gateway/y/action/inc?a=1"),
        replace(CALL, body=b"evil"),
    ],
)
def test_the_seal_covers_method_url_and_body(other: Sealed) -> None:
    assert hops_of("secret", other, seal("secret", CALL, 0, NOW), NOW) is None


@pytest.mark.parametrize("age", [-MAX_AGE_MS - 1, MAX_AGE_MS + 1])
def test_a_seal_is_valid_for_a_minute(age: int) -> None:
    assert hops_of("secret", CALL, seal("secret", CALL, 0, NOW), NOW + age) is None


def test_a_seal_of_another_secret_is_none() -> None:
    assert hops_of("secret", CALL, seal("other", CALL, 0, NOW), NOW) is None


def test_the_hops_cannot_be_turned_back() -> None:
    value = seal("secret", CALL, 1, NOW)
    assert hops_of("secret", CALL, "0" + value[1:], NOW) is None


@pytest.mark.parametrize(
    "value", ["", ".", "..", "0.1.", "x.y.z", "0." + "9" * 500 + ".a", "-1.1.a", "٣.1.a"]
)
def test_what_is_no_seal_is_none(value: str) -> None:
    assert hops_of("secret", CALL, value, NOW) is None


def test_without_a_secret_nothing_is_sealed_and_nothing_believed() -> None:
    with pytest.raises(ActorError, match="INTERNAL_SECRET"):
        seal("", CALL, 0, NOW)
    assert hops_of("", CALL, seal("x", CALL, 0, NOW), NOW) is None
