"""`actors exec -- <command>`: a manage.py command beside the embedded servers, started if need be."""

from __future__ import annotations

import subprocess
import sys
from argparse import REMAINDER, ArgumentParser
from contextlib import ExitStack
from typing import Any

from django.core.management.base import CommandError

from actors.management.verbs.embedded import embedded_services
from actors.services.lease import held
from actors.services.service import ServiceFailed

HELP = "Run another manage.py command while the embedded servers run: actors exec -- migrate"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("command", nargs=REMAINDER)


def handle(options: dict[str, Any]) -> None:
    words = [word for word in options["command"] if word != "--"]
    if not words:
        raise CommandError("Name the command to run: manage.py actors exec -- migrate")
    try:
        with ExitStack() as stack:
            for service in embedded_services():
                stack.enter_context(held(service))
            code = subprocess.run([sys.executable, sys.argv[0], *words], check=False).returncode
    except ServiceFailed as problem:
        raise CommandError(str(problem)) from problem
    sys.exit(code)
