"""The round trip of a real socket, and what has none."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from actors.gateway.pipe import ServerPipe
from actors.gateway.round_trip import round_trip


@pytest.fixture
def ends() -> Any:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as near,
        listener.accept()[0] as far,
    ):
        yield near, far


class Transport:
    """What a server writes to."""

    def __init__(self, sock: socket.socket, closing: bool = False) -> None:
        self._sock = sock
        self._closing = closing

    def is_closing(self) -> bool:
        return self._closing

    def get_extra_info(self, name: str) -> socket.socket:
        assert name == "socket"
        return self._sock


class Server:
    """One that shows its transport, if it has one."""

    def __init__(self, **shown: Any) -> None:
        vars(self).update(shown)

    async def send(self, message: Any) -> None: ...


def test_a_tcp_connection_is_measured_at_both_its_ends(ends: Any) -> None:
    for end in ends:
        measured = round_trip(end)
        assert measured is not None and 0 < measured < 60


def test_what_is_no_open_tcp_connection_is_not(ends: Any) -> None:
    one, other = socket.socketpair()
    with one, other:
        assert round_trip(one) is None
    ends[0].close()
    assert round_trip(ends[0]) is None
    assert round_trip(None) is None


def test_other_systems_tell_nothing(ends: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert round_trip(ends[0]) is None


def test_a_server_is_asked_for_what_it_shows(ends: Any) -> None:
    assert ServerPipe(Server(transport=Transport(ends[1])).send).round_trip is not None
    assert ServerPipe(Server(transport=Transport(ends[1], closing=True)).send).round_trip is None
    assert ServerPipe(Server(transport=object()).send).round_trip is None
    assert ServerPipe(Server().send).round_trip is None
