"""Suites about plain HTTP and websockets: the gateway's addresses, raw doors, and what actors see of them."""

from __future__ import annotations

from tests.clients.suites.conftest import Shown


def test_gateway_query_url(shown: Shown) -> None:
    shown()


def test_gateway_routing(shown: Shown) -> None:
    shown()


def test_raw_http(shown: Shown) -> None:
    shown()


def test_raw_http_request_properties(shown: Shown) -> None:
    shown()


def test_raw_websocket(shown: Shown) -> None:
    shown()
