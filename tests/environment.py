"""One test run's choice of servers, made before Django reads its settings, for all processes of the run.

With DATABASE_URL or REDIS_URL given the user's own servers are used: there only databases named
`test_*` are created and dropped, and only keys with this run's prefix are written.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from actors.services.postgres import Postgres
from actors.services.valkey import Valkey

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
CHOSEN_FOR = "RIVET_TEST_WORKER"
OWNER = "RIVET_TEST_OWNER"
GIVEN_DATABASE = "RIVET_TEST_DATABASE_URL"
GIVEN_REDIS = "RIVET_TEST_REDIS_URL"


def choose() -> None:
    """Set the variables that settings and servers read: once per run, and again for each of xdist's workers.

    A server started by a test finds the choice made, with whatever the test changed in it.
    """
    if os.environ.get(CHOSEN_FOR) == WORKER:
        return
    if CHOSEN_FOR not in os.environ:
        os.environ[OWNER] = str(os.getpid())
        os.environ["RIVET_HOME"] = tempfile.mkdtemp(prefix="rivet-test-")
        os.environ["RIVET_TEST_RUN"] = secrets.token_hex(4)
        os.environ[GIVEN_DATABASE] = os.environ.get("DATABASE_URL", "")
        os.environ[GIVEN_REDIS] = os.environ.get("REDIS_URL", "")
    os.environ[CHOSEN_FOR] = WORKER
    os.environ["DATABASE_URL"] = database_url(worker_database())
    os.environ["REDIS_URL"] = os.environ[GIVEN_REDIS] or Valkey(home()).url()
    os.environ["REDIS_PREFIX"] = f"test_{run()}_{WORKER}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ["DEBUG"] = "1"


def home() -> Path:
    return Path(os.environ["RIVET_HOME"])


def run() -> str:
    return os.environ["RIVET_TEST_RUN"]


def own_postgres() -> bool:
    return not os.environ[GIVEN_DATABASE]


def own_redis() -> bool:
    return not os.environ[GIVEN_REDIS]


def template_database() -> str:
    return f"test_rivet_{run()}_template"


def worker_database() -> str:
    return f"test_rivet_{run()}_{WORKER}"


def maintenance_url() -> str:
    """The database from which the others are created: the user's own is only ever connected to."""
    return os.environ[GIVEN_DATABASE] or Postgres(home()).url()


def database_url(name: str) -> str:
    """The URL of another database on the same server."""
    given = os.environ[GIVEN_DATABASE]
    if not given:
        return Postgres(home()).url(name)
    before, _, after = given.rpartition(conninfo_to_dict(given)["dbname"])
    return f"{before}{name}{after}"


def is_owner() -> bool:
    """Whether this process made the choice, and so cleans up after the run."""
    return os.environ[OWNER] == str(os.getpid())


def remove() -> None:
    shutil.rmtree(home(), ignore_errors=True)
