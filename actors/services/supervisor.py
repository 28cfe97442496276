"""Runs the processes of a site as one: `manage.py actors run`.

The end of an essential child ends everything; the others are started again. Children get their own
process groups, so that Ctrl-C reaches the supervisor alone and it ends them in order.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from actors.services.lease import Lease
from actors.services.processes import describe_end, tie_to_parent
from actors.services.screen import Screen

# With the two seconds in which the embedded servers end, this keeps Ctrl-C below five.
STOP_PATIENCE = 2.5
KILL_PATIENCE = 0.3
RESTART_DELAYS = (1.0, 2.0, 5.0, 10.0, 30.0)
LINE_LIMIT = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Child:
    """One process to run. `ready` returns once it does its work, and its text is then shown."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    essential: bool = False
    ready: Callable[[], Awaitable[str]] | None = None


class Supervisor:
    """`first` children run one after the other to their end, then `children` together until stopped."""

    def __init__(self, screen: Screen, leases: Sequence[Lease] = ()) -> None:
        self._screen = screen
        self._leases = leases
        self._running: dict[str, Process] = {}
        self._stopping = asyncio.Event()
        self._code = 0

    async def run(self, first: Sequence[Child], children: Sequence[Child]) -> int:
        """The exit code: 0 when stopped by a signal, 1 when something essential ended by itself."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._stopping.set)
        for lease in self._leases:
            loop.add_reader(lease.fileno(), self._hear, lease)
        work = asyncio.create_task(self._work(first, children))
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for lease in self._leases:
            loop.remove_reader(lease.fileno())
        await self._stop_all()
        for task in (work, stopping):
            task.cancel()
        await asyncio.gather(work, stopping, return_exceptions=True)
        return self._code

    async def _work(self, first: Sequence[Child], children: Sequence[Child]) -> None:
        for child in first:
            code = await self._once(child)
            if code != 0 and not self._stopping.is_set():
                self._fail(f"{child.name} {describe_end(code)}")
                return
        await asyncio.gather(*(self._keep(child) for child in children))

    async def _keep(self, child: Child) -> None:
        """Run the child for as long as the supervisor runs."""
        failures = 0
        while not self._stopping.is_set():
            announced = asyncio.create_task(self._announce(child))
            code = await self._once(child)
            announced.cancel()
            if self._stopping.is_set():
                return
            if child.essential:
                self._fail(f"{child.name} {describe_end(code)}; stopping everything")
                return
            delay = RESTART_DELAYS[min(failures, len(RESTART_DELAYS) - 1)]
            failures += 1
            ended = f"{child.name} {describe_end(code)}"
            self._screen.line("rivet", f"{ended}; starting it again in {delay:.0f} s")
            await asyncio.sleep(delay)

    async def _once(self, child: Child) -> int:
        process = await asyncio.create_subprocess_exec(
            *child.command,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            limit=LINE_LIMIT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **child.environment},
            process_group=0,
            preexec_fn=tie_to_parent(signal.SIGKILL),
        )
        self._running[child.name] = process
        if process.stdout is not None:
            await self._show(child.name, process.stdout)
        code = await process.wait()
        self._running.pop(child.name, None)
        return code

    async def _show(self, name: str, output: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await output.readline()
            except ValueError:  # beyond the limit: asyncio has dropped what it held of this line
                self._screen.line(name, "(a line of more than 1 MiB was left out)")
                continue
            if not line:
                return
            self._screen.line(name, line.decode(errors="replace").rstrip())

    async def _announce(self, child: Child) -> None:
        if child.ready is not None:
            self._screen.headline(await child.ready())

    def _hear(self, lease: Lease) -> None:
        message = lease.message()
        if message is None:
            self._fail(f"{lease.service.name} is gone; stopping everything")
            asyncio.get_running_loop().remove_reader(lease.fileno())
        else:
            self._screen.line(lease.service.name, message)

    def _fail(self, reason: str) -> None:
        self._code = 1
        self._screen.headline(reason)
        self._stopping.set()

    async def _stop_all(self) -> None:
        for number, patience in ((signal.SIGTERM, STOP_PATIENCE), (signal.SIGKILL, KILL_PATIENCE)):
            waits = [asyncio.create_task(process.wait()) for process in self._running.values()]
            if not waits:
                return
            for process in self._running.values():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
            await asyncio.wait(waits, timeout=patience)
