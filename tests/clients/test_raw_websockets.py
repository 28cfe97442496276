"""The official client's `handle.webSocket()`: a plain websocket to `on_websocket`."""

from __future__ import annotations

from tests.clients.conftest import Drive
from tests.servers import LiveServer


def test_a_plain_websocket_to_an_actor(server: LiveServer, drive: Drive) -> None:
    seen = drive("rawsockets", server)
    assert [(told["path"], told["query"]) for told in seen["where"]] == [
        ("/", ""),
        ("/", ""),
        ("/", ""),
        ("/custom/path", ""),
        ("/a/b", "x=1&y=%20"),
        ("/", "token=secret&session=123"),
    ]
    assert {told["params"]["name"] for told in seen["where"]} == {"Ada"}
    assert seen["echoed"] == ["Grüße 🎉", "", {"bytes": [1, 2, 255]}, 1024]
    assert seen["closed"] == [4001, "user.bye"]
    assert seen["told"] == [4002, "client.bye"]
    assert seen["refused"] == [1011, "actor.no_websocket"]
