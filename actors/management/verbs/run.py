"""`actors run`: everything that the site needs, under one supervisor. `make run` calls it."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
from django.conf import settings
from django.core.management.base import CommandError

from actors.apps import database_address
from actors.management.verbs import serve
from actors.management.verbs.embedded import embedded_services
from actors.services.lease import held
from actors.services.screen import Screen
from actors.services.service import ServiceFailed
from actors.services.supervisor import Child, Supervisor

HELP = "Run the site: embedded servers, migrations, ASGI server, Celery worker and beat."
HEALTH_INTERVAL = 0.1
DATABASE_TIMEOUT = 5


def add_arguments(parser: ArgumentParser) -> None:
    serve.add_arguments(parser)


def handle(options: dict[str, Any]) -> None:
    host, port = options["host"], options["port"]
    _refuse_taken_port(host, port)
    screen = Screen()
    try:
        with ExitStack() as stack:
            leases = []
            for service in embedded_services():
                screen.line(service.name, "starting")
                leases.append(stack.enter_context(held(service)))
                screen.line(service.name, f"ready, data in {service.home / service.name}")
            _refuse_unreachable_database()
            supervisor = Supervisor(screen, leases)
            children = [_server(host, port, options["server"]), *_celery_children()]
            code = asyncio.run(supervisor.run([_migrate()], children))
            screen.line("rivet", "stopping")
    except ServiceFailed as problem:
        raise CommandError(str(problem)) from problem
    except KeyboardInterrupt:
        code = 130
    screen.line("rivet", "stopped")
    sys.exit(code)


def _refuse_taken_port(host: str, port: int) -> None:
    """Raises CommandError. The server's own attempt comes much later and says much less."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            reason = f"Port {port} on {host} cannot be used ({problem.strerror})."
            raise CommandError(f"{reason} Choose another: make run PORT={port + 1}") from problem


def _refuse_unreachable_database() -> None:
    """Raises CommandError. Migrating would try for half a minute and then tell it in a hundred lines."""
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        return  # the system check says what to do
    try:
        psycopg.connect(database_address(), connect_timeout=DATABASE_TIMEOUT).close()
    except psycopg.OperationalError as problem:
        reason = " ".join(str(problem).split())
        raise CommandError(f"The database cannot be used; look at DATABASE_URL. {reason}") from problem


def _django(*words: str) -> Sequence[str]:
    return [sys.executable, sys.argv[0], *words]


def _migrate() -> Child:
    return Child(name="migrate", command=_django("migrate", "--no-input"))


def _server(host: str, port: int, server: str) -> Child:
    shown = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"

    async def ready() -> str:
        await _healthy(url)
        return f"ready on {server}: {url}/"

    return Child(
        name="server",
        command=_django("actors", "serve", "--host", host, "--port", str(port), "--server", server),
        essential=True,
        ready=ready,
    )


async def _healthy(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                answer = await client.get(f"{url}/health", timeout=2)
            except httpx.TransportError:
                pass
            else:
                if answer.is_success:
                    return
            await asyncio.sleep(HEALTH_INTERVAL)


def _celery_children() -> Sequence[Child]:
    """Worker and beat, if the site has a Celery app beside its settings."""
    package = settings.SETTINGS_MODULE.rpartition(".")[0]
    if not package or importlib.util.find_spec(f"{package}.celery") is None:
        return []
    root = str(Path(sys.argv[0]).resolve().parent)
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
    # Celery warns root at length; a development machine is often a container, where all is root's.
    quietly = ("-W", "ignore::UserWarning:celery.platforms")
    celery = (sys.executable, *quietly, "-m", "celery", "--quiet", "-A", package)
    worker = "worker --pool threads --concurrency 4 --without-gossip --without-mingle --loglevel warning"
    beat = "beat --pidfile= --loglevel warning --schedule"
    schedule = (getattr(settings, "ACTORS_EMBEDDED_HOME", None) or Path()) / "celerybeat-schedule"
    return [
        Child(name="worker", command=(*celery, *worker.split()), environment=environment),
        Child(name="beat", command=(*celery, *beat.split(), str(schedule)), environment=environment),
    ]
