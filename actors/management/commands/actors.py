"""`manage.py actors <verb>`: the platform's one command; each verb is a module beside this package."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from itertools import takewhile
from typing import Any, Final, Protocol

from django.core.management.base import BaseCommand, CommandError, CommandParser, handle_default_options
from django.db import OperationalError, ProgrammingError, connections

from actors.errors import ActorError
from actors.management.failures import as_json, described, structured
from actors.management.verbs import (
    archives,
    call,
    doctor,
    execute,
    life,
    listing,
    outbox,
    run,
    serve,
    show,
    tail,
)


class Verb(Protocol):
    """A module, or an object like one."""

    @property
    def HELP(self) -> str: ...

    def add_arguments(self, parser: ArgumentParser, /) -> None: ...

    def handle(self, options: dict[str, Any], /) -> None: ...


VERBS: dict[str, Verb] = {
    "run": run,
    "serve": serve,
    "exec": execute,
    "doctor": doctor,
    "list": listing,
    "show": show,
    "tail": tail,
    "call": call,
    "wake": life.wake,
    "sleep": life.sleep,
    "pause": life.pause,
    "resume": life.resume,
    "destroy": life.destroy,
    "export": archives.export,
    "import": archives.bring_in,
    "outbox": outbox,
}


USAGE: Final = 2
"""The exit code for words that are none, as argparse has it; what fails afterwards has 1."""


class Command(BaseCommand):
    """Hands the verb's own arguments to its module. With --json a failure is JSON, on standard error."""

    help = "Run and look after durable actors."
    # A process supervisor must come up, and say so, when the code of the site does not.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for name, module in VERBS.items():
            module.add_arguments(verbs.add_parser(name, help=module.HELP, description=module.HELP))

    def run_from_argv(self, argv: list[str]) -> None:
        if "--json" in takewhile(lambda word: word != "--", argv):
            self._run_for_a_program(argv)
        else:
            super().run_from_argv(argv)

    def _run_for_a_program(self, argv: Sequence[str]) -> None:
        """As Django does it, but that the parser raises what it would print."""
        try:
            options = self.create_parser(argv[0], argv[1]).parse_args(argv[2:])
            handle_default_options(options)
            self.execute(**vars(options))
        except CommandError as failure:
            self.stderr.write(as_json(failure), lambda text: text)
            sys.exit(USAGE if failure.__cause__ is None else failure.returncode)
        finally:
            connections.close_all()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            VERBS[options["verb"]].handle(options)
        except ActorError as problem:
            raise CommandError(described(problem)) from problem
        except (TimeoutError, OperationalError, ProgrammingError) as failure:
            named = structured(failure)
            raise CommandError(described(named)) from named
