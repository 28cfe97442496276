"""Subprotocols, headers and close reasons beyond the golden vectors."""

from __future__ import annotations

import pytest

from actors.errors import ActorError
from actors.protocol.handshake import (
    Subprotocols,
    bearer_token,
    close_reason,
    header_target,
    parse_close_reason,
    parse_conn_params,
    parse_skip_ready_wait,
    parse_subprotocols,
    subprotocol_target,
)
from actors.protocol.urls import DirectTarget

RUST = [
    "rivet, rivet_target.actor, rivet_actor.abc",
    " rivet_encoding.bare",
    "rivet_token.t",
    "rivet_conn_params.%7B%22a%22:+1%7D",
    "rivet_conn.old, rivet_conn_token.x",
    "rivet_inspector_token.secret",
]


def test_the_offer_of_the_rust_client_is_read() -> None:
    assert parse_subprotocols(RUST) == Subprotocols(
        encoding="bare",
        params={"a": 1},
        target="actor",
        actor_id="abc",
        token="t",
        inspector_token="secret",
    )


def test_the_first_of_a_kind_counts_and_nothing_is_json() -> None:
    assert parse_subprotocols([]) == Subprotocols(encoding="json")
    assert parse_subprotocols(["rivet_encoding.cbor,rivet_encoding.bare"]).encoding == "cbor"
    assert parse_subprotocols(["rivet_encoding.xml"]).encoding == "xml"


@pytest.mark.parametrize("params", ["zzz", "%ff", "%7B", ""])
def test_bad_params_are_refused(params: str) -> None:
    with pytest.raises(ActorError) as caught:
        parse_subprotocols([f"rivet_conn_params.{params}"])
    assert caught.value.name == "protocol.invalid_actor_connect_request"


def test_params_keep_what_looks_like_a_tag() -> None:
    assert parse_conn_params(b'{"a":["$BigInt","5"]}') == {"a": ["$BigInt", "5"]}


@pytest.mark.parametrize(
    ("header", "params"),
    [(None, None), (b'{"a":1}', {"a": 1}), ('"ü"'.encode(), "ü"), ('"ü"'.encode("latin-1"), "ü")],
)
def test_params_come_in_a_header_too(header: bytes | None, params: object) -> None:
    assert parse_conn_params(header) == params


@pytest.mark.parametrize("header", [b"", b"notjson", b"\xff"])
def test_a_bad_params_header_is_named(header: bytes) -> None:
    with pytest.raises(ActorError) as caught:
        parse_conn_params(header)
    assert caught.value.metadata == {"header": "x-rivet-conn-params", "detail": "expected JSON"}


def test_headers_address_an_actor_only_below_request() -> None:
    headers = {"x-rivet-target": "actor", "x-rivet-actor": "abc", "x-rivet-token": "t", "host": "h:1"}
    assert header_target("/request", headers) == DirectTarget("abc", "t")
    assert header_target("/request/x", headers) == DirectTarget("abc", "t")
    assert header_target("/action/x", {}) is None
    with pytest.raises(ActorError) as caught:
        header_target("/requests", headers)
    assert (caught.value.name, caught.value.metadata) == (
        "guard.no_route",
        {"host": "h", "path": "/requests"},
    )


def test_subprotocols_address_an_actor_on_any_path() -> None:
    offered = Subprotocols(target="actor", actor_id="abc")
    assert subprotocol_target(offered, "h", "/connect") == DirectTarget("abc")
    assert subprotocol_target(Subprotocols(actor_id="abc"), "h", "/connect") is None
    with pytest.raises(ActorError, match=r"guard\.missing_header"):
        subprotocol_target(Subprotocols(target="actor"), "h", "/connect")
    with pytest.raises(ActorError, match=r"guard\.no_route"):
        subprotocol_target(Subprotocols(target="engine", actor_id="abc"), "h", "/connect")


@pytest.mark.parametrize(
    ("header", "skips"), [(None, False), ("1", True), ("true", True), ("0", False), ("false", False)]
)
def test_the_wait_for_readiness_can_be_skipped(header: str | None, skips: bool) -> None:
    assert parse_skip_ready_wait(header) is skips


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer T", "T"),
        ("bearer T", "T"),
        ("BEARER\t  T", "T"),
        ("  Bearer T", "T"),
        ("Bearer T U", "T U"),
        ("BearerT", None),
        ("Basic T", None),
        ("Bearer ", None),
        ("Bearer", None),
        ("", None),
        (None, None),
    ],
)
def test_a_bearer_token_is_found_as_by_the_original(header: str | None, token: str | None) -> None:
    assert bearer_token(header) == token


def test_a_close_reason_fits_its_frame() -> None:
    assert close_reason("actor.not_found") == "actor.not_found"
    assert close_reason("actor.not_found", "ray") == "actor.not_found#ray"
    cut = close_reason("é" * 100)
    assert cut == "é" * 61
    assert close_reason("\udcff") == "?"


def test_a_close_reason_comes_back() -> None:
    assert parse_close_reason(close_reason("guard.no_route", "abc")) == ("guard", "no_route", "abc")
    assert parse_close_reason("bye now") is None
