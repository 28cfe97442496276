"""`manage.py actors <verb>`: the platform's one command; each verb is a module beside this package."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandParser

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


class Command(BaseCommand):
    """Hands the verb's own arguments to its module."""

    help = "Run and look after durable actors."
    # A process supervisor must come up, and say so, when the code of the site does not.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        for name, module in VERBS.items():
            module.add_arguments(verbs.add_parser(name, help=module.HELP, description=module.HELP))

    def handle(self, *args: Any, **options: Any) -> None:
        VERBS[options["verb"]].handle(options)
