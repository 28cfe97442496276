"""Finding what a test started, children of children too: by a mark in the environment, which all inherit."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

MARK = "RIVET_TEST_MARK"
CHECK_INTERVAL = 0.02
PATIENCE = 60.0  # hit by a machine that is very busy, or by what does not go


def new_mark() -> str:
    return secrets.token_hex(8)


def marked(mark: str) -> dict[int, str]:
    """The living processes with this mark, each with its command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if f"{MARK}={mark}".encode() in environment.split(b"\0"):
            found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace").strip()
    return found


def left_of(mark: str) -> dict[int, str]:
    """What does not go by itself; returns as soon as nothing is there."""
    deadline = time.monotonic() + PATIENCE
    while (found := marked(mark)) and time.monotonic() < deadline:
        time.sleep(CHECK_INTERVAL)
    return found


def children_named(mark: str, words: str) -> list[int]:
    return [pid for pid, command in marked(mark).items() if words in command]
