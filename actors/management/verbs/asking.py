"""What a person must type before something goes for good. Used by the verbs that destroy."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from actors.errors import error


def add_no_input(parser: ArgumentParser) -> None:
    parser.add_argument("--no-input", action="store_true", help="do not ask")


def confirm(options: dict[str, Any], question: str, expected: str) -> None:
    """Returns once a person has typed what is `expected`; with --no-input nobody is asked.

    Raises command.not_confirmed, also if nobody is there, as under cron.
    """
    if options["no_input"]:
        return
    try:
        answer = input(question)
    except EOFError as problem:
        print()  # the question has no end of line
        raise error("command.not_confirmed", reason="nobody could be asked") from problem
    if answer != expected:
        raise error("command.not_confirmed", reason=f"{expected!r} was to be typed, not {answer!r}")
