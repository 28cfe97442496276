"""`actors serve`: one ASGI server process, which is one node."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from actors.gateway.servers import serve

HELP = "Run one ASGI server in this process."
SERVERS = ("daphne", "uvicorn")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000")
    parser.add_argument("--server", choices=SERVERS, default=os.environ.get("SERVER") or SERVERS[0])


def handle(options: dict[str, Any]) -> None:
    print(f"starting {options['server']} on http://{options['host']}:{options['port']}/", flush=True)
    serve(options["server"], options["host"], options["port"])
