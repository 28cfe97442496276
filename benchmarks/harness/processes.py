"""Child processes of the harness, and what process trees cost. Linux and macOS through psutil."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil

from actors.services.processes import tie_to_parent

READY_WITHIN = 60.0
SETTLE = 1.0
STOP_WITHIN = 8.0  # the platform's supervisor ends its children in order


class StartFailed(RuntimeError):
    """A server did not come up; the message carries the end of its log."""


def free_port() -> int:
    """A loopback port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    command: Sequence[str | Path],
    log: Path,
    env: Mapping[str, str],
    cwd: Path,
    stop_within: float = STOP_WITHIN,
) -> Iterator[int]:
    """The pid of `command`, in its own process group, ended with the block: asked first, then killed."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=tie_to_parent(signal.SIGTERM),
        )
    try:
        yield process.pid
    finally:
        _end(process, stop_within)


def _end(process: subprocess.Popen[bytes], stop_within: float) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(stop_within)
    # Also what it has left behind: workerd hands its open sockets to a child and goes first.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until_ready(pid: int, endpoint: str, log: Path) -> None:
    """Poll `/metadata` until it is answered with 200. Raises StartFailed."""
    deadline = time.monotonic() + READY_WITHIN
    with httpx.Client(base_url=endpoint, timeout=2.0, trust_env=False) as client:
        while time.monotonic() < deadline and _alive(pid):
            with suppress(httpx.TransportError):
                if client.get("/metadata").status_code == httpx.codes.OK:
                    return
            time.sleep(0.1)
    raise StartFailed(
        f"{endpoint} did not answer; the end of {log.name}:\n{log.read_text(errors='replace')[-3000:]}"
    )


def _alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def tree(root: int) -> list[psutil.Process]:
    """The process and all that descend from it; empty when it is gone."""
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def topmost(root: int, matches: Callable[[list[str]], bool]) -> list[int]:
    """Pids below `root` whose command line matches and whose parent's does not."""
    found = {process.pid for process in tree(root) if matches(_command_line(process))}
    return [pid for pid in sorted(found) if psutil.Process(pid).ppid() not in found]


def listener(root: int, port: int) -> list[int]:
    """The pid below `root` that listens on the port."""
    return [process.pid for process in tree(root) if port in _listening_ports(process)][:1]


def _listening_ports(process: psutil.Process) -> set[int]:
    try:
        sockets = process.net_connections("tcp")
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return set()
    return {each.laddr.port for each in sockets if each.status == psutil.CONN_LISTEN}


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def cpu_seconds(root: int) -> float:
    """User and system time of the tree so far."""
    total = 0.0
    for process in tree(root):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def rss_kib(root: int) -> float:
    """Resident memory of the tree."""
    total = 0
    for process in tree(root):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total / 1024


def cpu_percent(roots: Sequence[int], seconds: float) -> float:
    """Share of one core that the trees use over the next `seconds`."""
    before = sum(map(cpu_seconds, roots))
    time.sleep(seconds)
    return (sum(map(cpu_seconds, roots)) - before) / seconds * 100


def wait_until_quiet(roots: Sequence[int], below: float = 8.0, patience: float = 20.0) -> None:
    """Return when the trees together use little CPU: what one load left behind is done."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and cpu_percent(roots, 0.4) > below:
        pass


def settled_rss(roots: Sequence[int]) -> float:
    """KiB, once the work that the last load left behind is done."""
    time.sleep(SETTLE)
    wait_until_quiet(roots)
    return sum(map(rss_kib, roots))


def wait_for_quiet_machine(below: float = 30.0, patience: float = 15.0) -> None:
    """Return when nobody on the machine uses much CPU, or when waiting for that was long enough."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and psutil.cpu_percent(0.5) * (psutil.cpu_count() or 1) > below:
        pass
