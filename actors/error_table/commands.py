"""Errors of `manage.py actors` alone; what an actor or a node answers has its own."""

from __future__ import annotations

from typing import Final

from actors.error_table.kind import ErrorKind

# fmt: off
COMMANDS: Final[dict[str, ErrorKind]] = {
    "command.file_unusable": ErrorKind("{file}: {reason}",
        "Own. Name a file that can be read, or written.", 400),
    "command.invalid": ErrorKind("{reason}",
        "Own. Add --help to the command: it says what it takes.", 400),
    "command.not_confirmed": ErrorKind("Nothing has been done: {reason}",
        "Own. Type what is asked for; --no-input does not ask.", 400),
    "command.timed_out": ErrorKind("No answer came in time.",
        "Own. It may be done all the same: look before you repeat it.", 504),
}
# fmt: on
