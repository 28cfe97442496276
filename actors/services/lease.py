"""A lease on an embedded server: it runs at least as long as somebody, in any process, holds one.

Taken by `manage.py actors run|exec`, the tests and the benchmarks. Blocking; needs no event loop.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from actors.services.guard import FAILED, READY, guard_socket
from actors.services.service import Service, ServiceFailed, log_path, make_private, socket_directory

START_TIMEOUT = 60.0
STOP_TIMEOUT = 2.0
RETRY_INTERVAL = 0.03
LOG_LIMIT = 8 * 1024 * 1024
PROJECT = Path(__file__).resolve().parents[2]


class Lease:
    """An open connection to the guard of `service`. `messages()` yields what it has to say since."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._guard: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def take(self) -> None:
        """Return when the server takes requests. Raises ServiceFailed."""
        service = self.service
        log_path(service).parent.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self._connect(deadline):
                return
            if self._guard is None or self._guard.poll() is not None:
                make_private(socket_directory(service.home))
                self._guard = self._start_guard()
            time.sleep(RETRY_INTERVAL)
        late = f"{service.name} was not ready after {START_TIMEOUT:.0f} s"
        raise ServiceFailed(f"{late}; see {log_path(service)}")

    def release(self) -> None:
        """Give the lease back, and wait for the server's end if this was the last one."""
        if self._socket is None:
            return
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(STOP_TIMEOUT)
            while self._socket.recv(4096):
                pass
        self._socket.close()
        self._socket = None
        if self._guard is not None:
            with suppress(subprocess.TimeoutExpired):
                self._guard.wait(0.2)

    def fileno(self) -> int:
        """Readable when the guard has a message, or has ended."""
        if self._socket is None:
            raise ValueError("the lease was released")
        return self._socket.fileno()

    def message(self) -> str | None:
        """One message of the guard, or None when it has ended. Call when `fileno()` is readable."""
        if self._socket is None:
            return None
        line = _read_line(self._socket)
        return line.partition(" ")[2] or line if line else None

    def _connect(self, deadline: float) -> bool:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(guard_socket(self.service)))
            connection.settimeout(deadline - time.monotonic())
            line = _read_line(connection)
            while line and not line.startswith((READY, FAILED)):
                line = _read_line(connection)
        except OSError:
            line = ""
        if line.startswith(READY):
            connection.settimeout(None)
            self._socket = connection
            return True
        connection.close()
        if line:
            raise ServiceFailed(line.partition(" ")[2])
        return False

    def _start_guard(self) -> subprocess.Popen[bytes]:
        path = log_path(self.service)
        mode = "wb" if path.exists() and path.stat().st_size > LOG_LIMIT else "ab"
        words = (self.service.name, str(self.service.home.resolve()))
        command = [sys.executable, "-m", "actors.services.guard", *words]
        with path.open(mode) as log:
            return subprocess.Popen(
                command, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )


@contextmanager
def held(service: Service) -> Iterator[Lease]:
    """A lease for the length of a `with` block. Raises ServiceFailed."""
    lease = Lease(service)
    lease.take()
    try:
        yield lease
    finally:
        lease.release()


def _read_line(connection: socket.socket) -> str:
    """One line without its end; empty when the other side has gone. Lines are short and rare."""
    line = b""
    while not line.endswith(b"\n"):
        byte = connection.recv(1)
        if not byte:
            return ""
        line += byte
    return line.decode().rstrip()
