"""What a command may end with has a name, and says what to do."""

from __future__ import annotations

import json

import pytest
from django.core.management.base import CommandError
from django.db import OperationalError, ProgrammingError

from actors.management.failures import as_json, described, structured


@pytest.mark.parametrize(
    ("failure", "name", "remedy"),
    [
        (OperationalError("connection\n refused"), "storage.unavailable", "actors doctor"),
        (ProgrammingError("no such table"), "storage.unavailable", "manage.py migrate"),
        (TimeoutError(), "command.timed_out", "look before you repeat it"),
    ],
)
def test_what_has_no_name_gets_one(failure: Exception, name: str, remedy: str) -> None:
    problem = structured(failure)  # type: ignore[arg-type]
    assert (problem.name, remedy in described(problem)) == (name, True)
    failed = CommandError("text")
    failed.__cause__ = problem
    told = json.loads(as_json(failed))["error"]
    assert (f"{told['group']}.{told['code']}", remedy in told["hint"]) == (name, True)
    assert "\n" not in as_json(failed)
