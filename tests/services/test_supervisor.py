"""The supervisor over small children of its own: what ends, what is started again, what is said."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from actors.services import supervisor
from actors.services.screen import Screen
from actors.services.supervisor import Child, Supervisor

FOREVER = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = (
    f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{FOREVER}\nwhile True: signal.pause()"
)


def python(name: str, code: str, *, essential: bool = False) -> Child:
    return Child(name=name, command=[sys.executable, "-c", code], essential=essential)


class Watched(io.StringIO):
    """Output that runs a callback for each line, so that a test can act on what it reads."""

    def __init__(self, on_line: Callable[[str], None] = lambda line: None) -> None:
        super().__init__()
        self._on_line = on_line

    def write(self, text: str) -> int:
        self._on_line(text)
        return super().write(text)


def terminate_when(words: str) -> Watched:
    def act(line: str) -> None:
        if words in line:
            os.kill(os.getpid(), signal.SIGTERM)

    return Watched(act)


async def test_it_ends_its_children_when_it_is_told_to() -> None:
    output = terminate_when("up")
    assert await Supervisor(Screen(output)).run([], [python("server", FOREVER, essential=True)]) == 0
    assert output.getvalue() == "server   │ up\n"


async def test_the_end_of_an_essential_child_ends_everything_and_says_so() -> None:
    output = Watched()
    children = [python("worker", FOREVER), python("server", "raise SystemExit(3)", essential=True)]
    assert await Supervisor(Screen(output)).run([], children) == 1
    assert "rivet    │ server ended with code 3; stopping everything\n" in output.getvalue()


async def test_another_child_is_started_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(supervisor, "RESTART_DELAYS", (0.0,))
    seen = tmp_path / "seen"
    code = f"""
from pathlib import Path
seen = Path({str(seen)!r})
if not seen.exists():
    seen.touch()
    raise SystemExit(5)
{FOREVER}
"""
    output = terminate_when("up")
    assert await Supervisor(Screen(output)).run([], [python("worker", code)]) == 0
    assert output.getvalue().splitlines() == [
        "rivet    │ worker ended with code 5; starting it again in 0 s",
        "worker   │ up",
    ]


async def test_what_comes_first_must_end_well_before_the_rest_starts() -> None:
    output = Watched()
    first = [python("migrate", "print('migrating'); raise SystemExit(1)")]
    assert await Supervisor(Screen(output)).run(first, [python("server", FOREVER, essential=True)]) == 1
    assert output.getvalue().splitlines() == ["migrate  │ migrating", "rivet    │ migrate ended with code 1"]


async def test_a_child_that_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_PATIENCE", 0.2)
    loop = asyncio.get_running_loop()
    started = loop.time()
    output = terminate_when("up")
    assert await Supervisor(Screen(output)).run([], [python("server", STUBBORN, essential=True)]) == 0
    assert loop.time() - started < 3


async def test_a_child_is_announced_when_it_is_ready() -> None:
    async def ready() -> str:
        return "ready at last"

    child = Child(name="server", command=[sys.executable, "-c", FOREVER], essential=True, ready=ready)
    output = terminate_when("up")
    await Supervisor(Screen(output)).run([], [child])
    assert "rivet    │ ready at last\n" in output.getvalue()


async def test_an_endless_line_is_left_out_and_does_not_stop_the_output() -> None:
    code = f"print('x' * {supervisor.LINE_LIMIT * 2})\n{FOREVER}"
    output = terminate_when("up")
    assert await Supervisor(Screen(output)).run([], [python("server", code, essential=True)]) == 0
    assert "more than 1 MiB" in output.getvalue()


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured, plain, piped = Terminal(), Terminal(), io.StringIO()
    Screen(coloured).headline("hello")
    monkeypatch.setenv("NO_COLOR", "1")
    Screen(plain).headline("hello")
    Screen(piped).headline("hello")
    assert coloured.getvalue() == "\x1b[36mrivet    │\x1b[0m \x1b[1mhello\x1b[0m\n"
    assert plain.getvalue() == piped.getvalue() == "rivet    │ hello\n"
