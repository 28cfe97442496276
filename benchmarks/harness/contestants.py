"""The servers that are measured: the platform on each ASGI server, its peers, and the bare floor.

Each is a context manager that takes a scratch folder and yields a `Running` server with durable storage.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from actors.services.lease import held
from actors.services.postgres import Postgres
from actors.services.valkey import Valkey
from benchmarks.harness import node
from benchmarks.harness.processes import free_port, listener, running, topmost, wait_until_ready

PROJECT = Path(__file__).resolve().parents[2]
WORKERD_CONFIG = PROJECT / "benchmarks" / "peers" / "workerd" / "config.capnp"
UVICORN = ("--loop", "uvloop", "--http", "httptools", "--ws", "websockets-sansio", "--log-level", "warning")


@dataclass(frozen=True)
class Running:
    """A server that answers. `groups`: name of a process tree -> the pids at its top.

    `database`: the URL of the platform's; the peers' are nobody's business.
    """

    endpoint: str
    groups: Mapping[str, list[int]]
    database: str = ""

    @property
    def roots(self) -> list[int]:
        return [pid for pids in self.groups.values() for pid in pids]


Start = Callable[[Path], AbstractContextManager[Running]]


@contextmanager
def platform(server: str, scratch: Path) -> Iterator[Running]:
    """The demo site with the benchmark actors, as `make run` starts it."""
    port = free_port()
    home = (scratch / "rivet").resolve()
    env = {
        "DEBUG": "1",
        **os.environ,
        "ACTORS_BENCH": "1",
        "SERVER": server,
        "PORT": str(port),
        "RIVET_HOME": str(home),
    }
    log = scratch / "server.log"
    endpoint = f"http://127.0.0.1:{port}"
    with running([sys.executable, "manage.py", "actors", "run"], log, env, PROJECT) as pid:
        wait_until_ready(pid, endpoint, log)
        yield Running(endpoint, _platform_groups(pid, port, home), Postgres(home).url())


def _platform_groups(supervisor: int, port: int, home: Path) -> dict[str, list[int]]:
    found = {
        "server": listener(supervisor, port),
        "celery": topmost(supervisor, lambda words: "celery" in words),
        **_embedded_groups(supervisor, home),
    }
    return {**{name: pids for name, pids in found.items() if pids}, "supervisor": [supervisor]}


def _embedded_groups(root: int, home: Path) -> dict[str, list[int]]:
    """The guards below `root` that keep the embedded servers of `home`; the servers are their children."""

    def guards(name: str) -> list[int]:
        return topmost(root, lambda words: words[-3:] == ["actors.services.guard", name, str(home)])

    return {name: pids for name in ("postgres", "valkey") if (pids := guards(name))}


@contextmanager
def plain_django(server: str, scratch: Path) -> Iterator[Running]:
    """The plain Django peer on a Postgres and a Valkey of its own."""
    home = (scratch / "plain").resolve()
    home.mkdir()
    port = free_port()
    log = scratch / "server.log"
    endpoint = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        postgres, valkey = Postgres(home), Valkey(home)
        for service in (postgres, valkey):
            stack.enter_context(held(service))
        env = {
            **os.environ,
            "DATABASE_URL": postgres.url(),
            "REDIS_URL": valkey.url(),
            "DJANGO_SETTINGS_MODULE": "benchmarks.peers.plain_django.settings",
        }
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity=0"], cwd=PROJECT, env=env, check=True
        )
        command = _asgi_command(server, "benchmarks.peers.plain_django.asgi:application", port)
        pid = stack.enter_context(running(command, log, env, PROJECT))
        wait_until_ready(pid, endpoint, log)
        yield Running(endpoint, {"server": [pid], **_embedded_groups(os.getpid(), home)})


@contextmanager
def bare_post(scratch: Path) -> Iterator[Running]:
    """Daphne with an application that does nothing: what its HTTP side can carry at most."""
    port = free_port()
    log = scratch / "server.log"
    endpoint = f"http://127.0.0.1:{port}"
    command = _asgi_command("daphne", "benchmarks.peers.bare_post:application", port)
    with running(command, log, os.environ, PROJECT) as pid:
        wait_until_ready(pid, endpoint, log)
        yield Running(endpoint, {"server": [pid]})


@contextmanager
def workerd(scratch: Path) -> Iterator[Running]:
    """Durable Objects on local disk."""
    storage = scratch / "storage"
    storage.mkdir()
    port = free_port()
    log = scratch / "server.log"
    endpoint = f"http://127.0.0.1:{port}"
    words = ["--socket-addr", f"http=127.0.0.1:{port}", "--directory-path", f"storage={storage}"]
    command = [node.WORKERD, "serve", WORKERD_CONFIG, *words]
    # Asked to end, workerd waits for its sockets; they went with the load generator.
    with running(command, log, node.environment(), PROJECT, stop_within=0.2) as pid:
        wait_until_ready(pid, endpoint, log)
        yield Running(endpoint, {"server": [pid]})


def _asgi_command(server: str, application: str, port: int) -> list[str]:
    if server == "daphne":
        return [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0", application]
    return [
        sys.executable,
        "-m",
        "uvicorn",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        *UVICORN,
        application,
    ]


CONTESTANTS: dict[str, Start] = {
    "actors-daphne": partial(platform, "daphne"),
    "actors-uvicorn": partial(platform, "uvicorn"),
    "workerd": workerd,
    "plain-daphne": partial(plain_django, "daphne"),
    "plain-uvicorn": partial(plain_django, "uvicorn"),
    "bare-daphne": bare_post,
}
