"""What a person must type before something goes for good. Used by the verbs that destroy."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError


def add_no_input(parser: ArgumentParser) -> None:
    parser.add_argument("--no-input", action="store_true", help="do not ask")


def typed(options: dict[str, Any], question: str, expected: str) -> bool:
    """Whether a person has typed what is `expected`; with --no-input nobody is asked, and it is True.

    Raises CommandError if nobody is there, as under cron.
    """
    if options["no_input"]:
        return True
    try:
        return input(question) == expected
    except EOFError as problem:
        print()  # the question has no end of line
        words = "Nothing has been done: nobody could be asked. --no-input does not ask."
        raise CommandError(words) from problem
