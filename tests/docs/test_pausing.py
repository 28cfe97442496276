"""docs/pausing.md: its commands do what it says, beside a real server, and its doors are those there are."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from actors.gateway.openapi_operations import OPERATIONS
from actors.gateway.relay import PAUSED_PAUSE
from actors.runtime.orders import ORDERS
from tests.databases import ROOT
from tests.servers import LiveServer

PAGE = (ROOT / "docs" / "pausing.md").read_text()
MANAGE = [sys.executable, str(Path(ROOT) / "manage.py"), "actors"]
WORDS = re.findall(r"^\$ manage\.py actors (.+)$", PAGE, re.MULTILINE)
TOLD = re.findall(r"^till/main (.+)$", PAGE, re.MULTILINE)


def typed(line: str, address: str) -> list[str]:
    """A line of the page, for a counter in place of its till."""
    return line.replace("till/main", address).replace("book ada 5", "increment 5").split()


def said(*words: str) -> str:
    done = subprocess.run([*MANAGE, *words], capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.strip()


def test_a_call_waits_until_its_actor_is_resumed(live_server_process: Callable[..., LiveServer]) -> None:
    live_server_process(server="uvicorn")
    address = f"counter/{uuid4().hex}"
    said("call", address, "increment", "1", "--create")
    pause, call, resume = (typed(line, address) for line in WORDS)
    assert said(*pause) == f"{address} {TOLD[0]}"
    assert "paused" in said("show", address)
    waiting = subprocess.Popen([*MANAGE, *call], stdout=subprocess.PIPE, text=True)
    assert said(*resume) == f"{address} {TOLD[1]}"
    answer, _ = waiting.communicate(timeout=120)
    assert answer.strip() == "6"
    assert said("pause", address, "--queues") == f"the queues of {address}: paused"
    assert '"done": "resume queues"' in said("resume", address, "--queues", "--json")


def test_its_doors_are_those_there_are() -> None:
    doors = {path for method, path in re.findall(r"^\| `(\w+) (/actors/[^`]+)`", PAGE, re.MULTILINE)}
    assert doors <= {operation.path for operation in OPERATIONS}
    assert {path.rpartition("/")[2] for path in doors} == set(ORDERS) - {"sleep", "reschedule"}


def test_its_decision_says_how_long_a_call_of_the_outbox_is_put_off() -> None:
    decision = (ROOT / "docs" / "decisions" / "0042-pausing.md").read_text()
    assert f"put off for {PAUSED_PAUSE:g} seconds" in decision
