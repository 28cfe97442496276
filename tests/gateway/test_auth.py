"""Who may pass: every combination of token, peer, proxy and origin."""

from __future__ import annotations

from typing import Any

import pytest

from actors.conf import NodeConfig
from actors.errors import ActorError
from actors.gateway.auth import authorize, headers_of

LOCAL = ("127.0.0.1", 1)
DEBUG = NodeConfig(open_on_loopback=True)
CLOSED = NodeConfig()
TOKEN = NodeConfig(token="s3cret", open_on_loopback=True)


def scope(client: Any = LOCAL, **headers: str) -> dict[str, Any]:
    headers = {"host": "localhost:8000", **headers}
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"client": client, "headers": named}


def passes(config: NodeConfig, seen: dict[str, Any], *url_tokens: str | None) -> bool:
    try:
        authorize(config, seen, headers_of(seen), *url_tokens)
    except ActorError as err:
        assert (err.name, err.status) == ("api.forbidden", 403)
        return False
    return True


@pytest.mark.parametrize("client", [LOCAL, ("::1", 1), ("127.8.8.8", 1)])
def test_without_a_token_loopback_may_pass_in_debug(client: Any) -> None:
    assert passes(DEBUG, scope(client))
    assert not passes(CLOSED, scope(client))


@pytest.mark.parametrize("client", [None, ("10.0.0.1", 1), ("", 1), ("testclient", 1)])
def test_without_a_token_nobody_else_may_pass(client: Any) -> None:
    assert not passes(DEBUG, scope(client))


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "x_real_ip"])
def test_behind_a_proxy_the_peer_says_nothing(header: str) -> None:
    assert not passes(DEBUG, scope(LOCAL, **{header: "127.0.0.1"}))


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("shop.localhost:8000", True),
        ("127.0.0.1:8000", True),
        ("127.8.8.8", True),
        ("[::1]:8000", True),
        ("", False),
        ("rebound.example", False),
        ("rebound.example:8000", False),
        ("localhost.rebound.example", False),
        ("rebound.example@localhost", False),
        ("127.0.0.1.rebound.example", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("ü", False),
    ],
)
def test_without_a_token_this_machine_must_be_asked_for_by_its_own_name(host: str, allowed: bool) -> None:
    assert passes(DEBUG, scope(LOCAL, host=host)) is allowed


def test_without_a_token_a_request_for_no_host_is_refused() -> None:
    assert not passes(DEBUG, {"client": LOCAL, "headers": []})


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:5173", True),
        ("http://app.localhost:5173", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("https://evil.example", False),
        ("http://localhost.evil.example", False),
        ("null", False),
        ("http://[", False),
    ],
)
def test_without_a_token_a_page_of_another_site_is_refused(origin: str, allowed: bool) -> None:
    assert passes(DEBUG, scope(LOCAL, origin=origin)) is allowed


@pytest.mark.parametrize(
    ("site", "allowed"), [("none", True), ("same-origin", True), ("same-site", True), ("cross-site", False)]
)
def test_without_a_token_a_link_or_image_of_another_site_is_refused(site: str, allowed: bool) -> None:
    assert passes(DEBUG, scope(LOCAL, sec_fetch_site=site)) is allowed
    assert passes(DEBUG, scope(LOCAL, sec_fetch_site=site, origin="http://localhost:5173")), "a page of ours"


@pytest.mark.parametrize(
    ("headers", "url_token", "allowed"),
    [
        ({}, None, False),
        ({}, "", False),
        ({}, "s3cret", True),
        ({}, "s3cre", False),
        ({"authorization": "Bearer s3cret"}, None, True),
        ({"authorization": "bearer   s3cret"}, None, True),
        ({"authorization": "Basic s3cret"}, None, False),
        ({"authorization": "s3cret"}, None, False),
        ({"x_rivet_token": "s3cret"}, None, True),
        ({"x_rivet_token": "wrong"}, "s3cret", True),
    ],
)
def test_with_a_token_it_must_be_shown_by_everybody(
    headers: dict[str, str], url_token: str | None, allowed: bool
) -> None:
    assert passes(TOKEN, scope(LOCAL, **headers), url_token) is allowed


def test_a_token_that_is_no_ascii_is_compared_too() -> None:
    assert not passes(TOKEN, scope(LOCAL, x_rivet_token="ü"))
