"""How a command fails: a line for people, one JSON object for programs. Used by the command and its verbs.

Verbs raise ActorError. What to do about one is told by the table; a verb that knows better adds a note to it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.core.management.base import CommandError
from django.db import OperationalError, ProgrammingError

from actors.errors import ActorError, error, hint_of


def advised(problem: ActorError, remedy: str) -> ActorError:
    """The same, with what to do about it here."""
    problem.add_note(remedy)
    return problem


def remedy_of(problem: ActorError) -> str:
    """What the verb says, or else the table."""
    return " ".join(getattr(problem, "__notes__", ())) or hint_of(problem)


def described(problem: ActorError) -> str:
    """An error with its name and what to do about it, for the one who typed the command."""
    told = f"{problem.name}: {problem.message}"
    remedy = remedy_of(problem)
    return f"{told.removesuffix('.')}. {remedy}" if remedy else told


def structured(failure: TimeoutError | OperationalError | ProgrammingError) -> ActorError:
    """What a verb may end with beside errors that have a name."""
    if isinstance(failure, TimeoutError):
        return error("command.timed_out")
    reason = " ".join(str(failure).split())
    problem = error("storage.unavailable", f"The database cannot be used: {reason}")
    problem.__cause__ = failure  # --traceback shows it
    if isinstance(failure, ProgrammingError):  # most of all for a table that is not there
        return advised(problem, "Run `manage.py migrate`.")
    return advised(problem, "Look at DATABASES, and whether the server runs: `manage.py actors doctor`.")


def as_json(failure: CommandError) -> str:
    """One object. A failure without an error behind it is what the parser says of the words."""
    problem = failure.__cause__
    if not isinstance(problem, ActorError):
        problem = error("command.invalid", reason=str(failure).removeprefix("Error: "))
    told: dict[str, Any] = {**problem.payload(), "hint": remedy_of(problem)}
    return msgspec.json.encode({"error": told}, enc_hook=str).decode()
