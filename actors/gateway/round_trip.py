"""Round trip: how long a packet takes to the other end of a TCP connection and back, as the kernel measures.

Asked by a `Pipe` while somebody looks at its connection, never for a frame. Behind a proxy the other end is
the proxy.
"""

from __future__ import annotations

import socket
import struct
import sys
from typing import Any, Final

# `tcpi_rtt` in Linux's `struct tcp_info`, smoothed, in microseconds: its place is part of the kernel's ABI.
_MICROSECONDS: Final = struct.Struct("=68xI")


def round_trip(sock: Any) -> float | None:
    """Seconds. None off Linux, for a socket that is none of TCP or is closed, and before any measurement."""
    if sys.platform != "linux" or sock is None:
        return None
    try:
        told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _MICROSECONDS.size)
    except OSError:
        return None
    if len(told) < _MICROSECONDS.size:
        return None
    (measured,) = _MICROSECONDS.unpack(told)
    return measured / 1_000_000 if measured else None
