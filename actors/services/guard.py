"""The guard: one process per embedded server that runs while somebody holds a lease on it.

Started by `lease.Lease`; every user keeps a connection to the guard's socket, so that the kernel tells
the guard when a user ends, however it ends. Restarts a server that dies; stops it with the last user.
"""

from __future__ import annotations

import asyncio
import fcntl
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from pathlib import Path

from actors.services.postgres import Postgres
from actors.services.processes import describe_end, stop, tie_to_parent
from actors.services.service import Service, ServiceFailed, log_path, socket_directory
from actors.services.valkey import Valkey

READY = "ready"
FAILED = "failed"
NOTICE = "notice"

FIRST_USER_WITHIN = 10.0
READY_CHECK_INTERVAL = 0.02
# A server killed outright is refused by what it left behind, which takes a while to go on a busy machine. So
# one that has served before is tried for a minute; one that never has, six times.
RETRY_DELAYS = (0.1, 0.2, 0.4, 0.8, 1.6)
TRIES_AFTER_SERVING = 40

SERVICES: dict[str, type[Postgres] | type[Valkey]] = {"postgres": Postgres, "valkey": Valkey}


def guard_socket(service: Service) -> Path:
    return socket_directory(service.home) / f"{service.name}.guard"


class Guard:
    """Counts the users of one server and keeps it running for them."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._users: set[asyncio.StreamWriter] = set()
        self._up = False
        self._has_served = False
        self._abandoned = asyncio.Event()

    async def run(self) -> None:
        """Serve until the last user has gone; the sockets of users close when this process ends."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._abandoned.set)
        path = guard_socket(self._service)
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._attend, path)
        loop.call_later(FIRST_USER_WITHIN, self._leave_if_unused)
        try:
            await asyncio.to_thread(self._service.prepare)
            await self._keep()
        except ServiceFailed as problem:
            await self._tell_all(FAILED, str(problem))
        finally:
            server.close()
            path.unlink(missing_ok=True)
            with suppress(OSError):  # the other service is still at work there
                path.parent.rmdir()

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._users.add(writer)
        if self._up:
            writer.write(_line(READY))
        await reader.read()  # users never write: this returns when the user has gone
        self._users.discard(writer)
        if self._users:
            writer.close()
        else:
            self._leave_if_unused()

    def _leave_if_unused(self) -> None:
        if not self._users:
            self._abandoned.set()

    async def _keep(self) -> None:
        """Run the server, again when it dies, until nobody uses it. Raises ServiceFailed."""
        failures = 0
        while not self._abandoned.is_set():
            process = await self._start()
            code = await self._watch(process)
            if code is None:
                return
            failures = 0 if self._up else failures + 1
            self._up = False
            if failures > (TRIES_AFTER_SERVING if self._has_served else len(RETRY_DELAYS)):
                raise ServiceFailed(f"{self._service.name} does not start; see {log_path(self._service)}")
            await self._tell_all(NOTICE, f"{describe_end(code)}; starting it again")
            await self._pause(RETRY_DELAYS[min(max(failures, 1), len(RETRY_DELAYS)) - 1])

    async def _pause(self, delay: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._abandoned.wait(), delay)

    async def _start(self) -> Process:
        tie = tie_to_parent(self._service.death_signal)
        command = self._service.command()
        return await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, preexec_fn=tie)

    async def _watch(self, process: Process) -> int | None:
        """The code with which the server died by itself, or None after stopping it for want of users."""
        died = asyncio.create_task(process.wait())
        abandoned = asyncio.create_task(self._abandoned.wait())
        announced = asyncio.create_task(self._announce(process))
        await asyncio.wait({died, abandoned}, return_when=asyncio.FIRST_COMPLETED)
        announced.cancel()
        abandoned.cancel()
        if died.done():
            return died.result()
        await stop(process, self._service.stop_steps)
        await died
        return None

    async def _announce(self, process: Process) -> None:
        while not self._service.ready(process.pid):  # noqa: ASYNC110 - another process has no Event
            await asyncio.sleep(READY_CHECK_INTERVAL)
        self._up = self._has_served = True
        await self._tell_all(READY)

    async def _tell_all(self, kind: str, text: str = "") -> None:
        for writer in self._users:
            writer.write(_line(kind, text))


def _line(kind: str, text: str = "") -> bytes:
    return f"{kind} {' '.join(text.split())}\n".encode()


def main(name: str, home: str) -> None:
    """`python -m actors.services.guard postgres|valkey HOME`. Ends at once if another guard is at work."""
    service = SERVICES[name](Path(home))
    with (service.home / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        asyncio.run(Guard(service).run())


if __name__ == "__main__":
    main(*sys.argv[1:])
