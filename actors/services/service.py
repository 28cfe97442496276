"""What the guard must know of a server in order to keep it: the `Service` contract.

Implemented by `postgres.Postgres` and `valkey.Valkey`. Holds no process and starts nothing itself.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from signal import Signals
from typing import Protocol


class ServiceFailed(Exception):
    """An embedded server could not be started; the message says why and where its log is."""


class Service(Protocol):
    """One embedded server with its data below `home` and its sockets in `socket_directory(home)`."""

    @property
    def name(self) -> str: ...

    @property
    def home(self) -> Path: ...

    @property
    def death_signal(self) -> Signals:
        """What the kernel sends the server when its guard is gone."""
        ...

    @property
    def stop_steps(self) -> Sequence[tuple[Signals, float]]:
        """Signals to end the server with, each with the seconds to wait before the next."""
        ...

    def prepare(self) -> None:
        """Create the data on first use. Raises ServiceFailed."""
        ...

    def command(self) -> list[str]: ...

    def ready(self, pid: int) -> bool:
        """Whether the process `pid` started from `command()` takes requests."""
        ...


def socket_directory(home: Path) -> Path:
    """A short path of one's own for the sockets of `home`: a socket's path ends at 107 bytes."""
    digest = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:12]
    return Path("/tmp") / f"rivet-{os.geteuid()}-{digest}"  # noqa: S108 - see make_private


def make_private(directory: Path) -> None:
    """Create `directory` for this account alone. Raises ServiceFailed if somebody else was there first."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise ServiceFailed(f"{directory} belongs to somebody else or is open to others; remove it")


def log_path(service: Service) -> Path:
    return service.home / "log" / f"{service.name}.log"
