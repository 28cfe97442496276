"""The supervisor's output: one line per event, each behind the coloured name of who said it."""

from __future__ import annotations

import os
import sys
from typing import TextIO

COLOURS = {"rivet": 36, "postgres": 34, "valkey": 35, "migrate": 33, "server": 32, "worker": 94, "beat": 95}
WIDTH = max(map(len, COLOURS))


class Screen:
    """Writes whole lines; plain text when the output is no terminal or NO_COLOR is set."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._coloured = self._stream.isatty() and not os.environ.get("NO_COLOR")

    def line(self, name: str, text: str) -> None:
        label = f"{name:<{WIDTH}} │"
        if self._coloured:
            label = f"\x1b[{COLOURS.get(name, 37)}m{label}\x1b[0m"
        self._stream.write(f"{label} {text}\n")
        self._stream.flush()

    def headline(self, text: str) -> None:
        """A line of the supervisor itself that must not be missed among the others."""
        self.line("rivet", f"\x1b[1m{text}\x1b[0m" if self._coloured else text)
