"""A websocket client for real servers, small enough to misbehave: it can stop reading, and send anything."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect

GATEWAY = "rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default"


def url_of(server: str, name: str, key: str, rest: str) -> str:
    return f"{server}/gateway/{name}{rest}?{GATEWAY}&rvt-key={key}"


@contextmanager
def websocket(
    server: str, name: str, key: str, *subprotocols: str, encoding: str = "json"
) -> Iterator[ClientConnection]:
    """An open conversation, greeting not yet read."""
    url = url_of(server.replace("http", "ws", 1), name, key, "/connect")
    offered: Any = ["rivet", f"rivet_encoding.{encoding}", *subprotocols]
    with connect(url, subprotocols=offered, compression=None, max_size=2**24) as client:
        yield client


def action(action_id: int, name: str, *args: Any) -> str:
    val = {"id": action_id, "name": name, "args": list(args)}
    return json.dumps({"body": {"tag": "ActionRequest", "val": val}})


def subscription(event: str) -> str:
    return json.dumps(
        {"body": {"tag": "SubscriptionRequest", "val": {"eventName": event, "subscribe": True}}}
    )


def value_of(frame: str | bytes) -> dict[str, Any]:
    val: dict[str, Any] = json.loads(frame)["body"]["val"]
    return val


@contextmanager
def raw_websocket(
    server: str, name: str, key: str, path: str = "", query: str = "", **options: Any
) -> Iterator[ClientConnection]:
    """A client that knows nothing of RivetKit."""
    url = url_of(server.replace("http", "ws", 1), name, key, f"/websocket{path}") + query
    with connect(url, compression=None, max_size=2**24, **options) as client:
        yield client


@contextmanager
def stalled_socket(server: str, name: str, key: str, event: str) -> Iterator[socket.socket]:
    """A subscriber that reads its handshake and then nothing more, with a small receive buffer."""
    with stalled(server, url_of("", name, key, "/connect")) as client:
        client.sendall(masked_text(subscription(event)))
        yield client


@contextmanager
def stalled(server: str, path: str) -> Iterator[socket.socket]:
    """A websocket that reads its handshake and then nothing more, with a small receive buffer."""
    address = urlsplit(server)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((address.hostname or "", address.port or 0))
        client.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Protocol: rivet, rivet_encoding.json\r\n\r\n".encode()
        )
        assert b"101" in client.recv(4096)
        yield client


def kernel_buffers() -> int:
    """Bytes of one connection that the kernel may hold for both its ends: more or less, as the machine is."""
    limits = ("/proc/sys/net/ipv4/tcp_rmem", "/proc/sys/net/ipv4/tcp_wmem")
    return sum(int(Path(limit).read_text().split()[2]) for limit in limits)


def comes_to_rest(count: Callable[[], int], most: int) -> None:
    """Return once `count` says the same ten times in a row. Raises AssertionError if it passes `most`."""
    said = list(range(10))
    while len(set(said[-10:])) > 1:
        said.append(count())
        assert said[-1] < most, "more than every buffer on the way"


def masked_text(text: str) -> bytes:
    """A text frame of up to 64 KiB under the mask 00000000, which changes nothing."""
    payload = text.encode()
    small = len(payload) <= 125
    length = bytes([0x80 | len(payload)]) if small else b"\xfe" + len(payload).to_bytes(2, "big")
    return b"\x81" + length + b"\0\0\0\0" + payload
