"""The seal of calls between nodes: what it covers, how long it holds, what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.errors import ActorError
from actors.gateway.internal import MAX_AGE_MS, PASSED_ON, Head, Seal, read_seal, seal

NOW = 1_700_000_000_000
HEADERS = {name: b"value of " + name for name in PASSED_ON}
HEAD = Head("POST", "/gateway/x/action/inc?a=1", HEADERS)
BODY = b"body"


def sealed(hops: int = 0, secret: str = "secret") -> bytes:
    return seal(secret, HEAD, BODY, hops, NOW)


def read(head: Head, value: bytes, now_ms: int = NOW) -> Seal | None:
    return read_seal("secret", head, value, now_ms)


@pytest.mark.parametrize("hops", [0, 1])
def test_a_sealed_call_says_its_hops(hops: int) -> None:
    found = read(HEAD, sealed(hops), NOW + 1000)
    assert found is not None and found.hops == hops


@pytest.mark.parametrize(
    "other",
    [
        replace(HEAD, method="DELETE"),
        replace(HEAD, url="/gateway/y/action/inc?a=1"),
        *[replace(HEAD, headers={**HEADERS, name: b"evil"}) for name in PASSED_ON],
        *[replace(HEAD, headers={**HEADERS, name: b""}) for name in PASSED_ON],
        *[replace(HEAD, headers={k: v for k, v in HEADERS.items() if k != name}) for name in PASSED_ON],
    ],
)
def test_the_seal_covers_method_url_and_the_headers_that_are_passed_on(other: Head) -> None:
    assert read(other, sealed()) is None


def test_what_a_hop_adds_to_the_headers_is_free() -> None:
    assert read(replace(HEAD, headers={**HEADERS, b"user-agent": b"x"}), sealed()) is not None


def test_the_seal_covers_the_body() -> None:
    found = read(HEAD, sealed())
    assert found is not None
    assert found.covers(BODY) and not found.covers(b"evil") and not found.covers(b"")


@pytest.mark.parametrize("age", [-MAX_AGE_MS - 1, MAX_AGE_MS + 1])
def test_a_seal_is_valid_for_a_minute(age: int) -> None:
    assert read(HEAD, sealed(), NOW + age) is None


def test_a_seal_of_another_secret_is_none() -> None:
    assert read(HEAD, sealed(secret="other")) is None


@pytest.mark.parametrize("part", [0, 1, 2, 3])
def test_no_part_of_a_seal_can_be_changed(part: int) -> None:
    parts = sealed(hops=1).split(b".")
    parts[part] = bytes([parts[part][0] ^ 1]) + parts[part][1:]
    assert read(HEAD, b".".join(parts)) is None


@pytest.mark.parametrize(
    "value",
    [b"", b".", b"...", b"0.1.", b"x.y.z.a", b"0." + b"9" * 500 + b".a.b", b"-1.1.a.b", b"\xd9\xa3.1.a.b"],
)
def test_what_is_no_seal_is_none(value: bytes) -> None:
    assert read(HEAD, value) is None


def test_without_a_secret_nothing_is_sealed_and_nothing_believed() -> None:
    with pytest.raises(ActorError, match="INTERNAL_SECRET"):
        sealed(secret="")
    assert read_seal("", HEAD, sealed(secret="x"), NOW) is None
