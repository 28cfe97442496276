"""Test databases: one migrated template a run, and copies of it, which take milliseconds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql

from tests import environment

ROOT = Path(__file__).resolve().parent.parent
# Any number, the same in each worker of a run: the first to come makes the template.
TEMPLATE_LOCK = 7_483_648

_made: set[str] = set()


@contextmanager
def database(name: str) -> Iterator[str]:
    """The URL of a migrated database `name`, dropped afterwards."""
    _ensure_template()
    with _server() as connection:
        _create(connection, name, environment.template_database())
    _made.add(name)
    try:
        yield environment.database_url(name)
    finally:
        _made.discard(name)
        with _server() as connection:
            _drop(connection, name)


def spare_the_disk() -> None:
    """Of a server of this run: what is committed must outlive processes, which tests kill, but no machine."""
    with _server() as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")


def empty(name: str) -> None:
    """Remove all rows of the platform's tables, if this process has made the database `name`."""
    if name not in _made:
        return
    with psycopg.connect(environment.database_url(name), autocommit=True) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'actors\\_%'"
        ).fetchall()
        connection.execute(
            sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(sql.Identifier(*row) for row in tables))
        )


def drop_all_of_this_run() -> None:
    """What workers left on the user's own server; an embedded one goes with its folder."""
    if environment.own_postgres():
        return
    with suppress(psycopg.OperationalError), _server() as connection:
        ours = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        for (name,) in connection.execute(ours, [f"test_rivet_{environment.run()}_"]).fetchall():
            _drop(connection, name)


def migrate(url: str) -> None:
    words = ("migrate", "--no-input", "--skip-checks", "--verbosity=0")
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    variables = {**os.environ, "DATABASE_URL": url}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the test database could not be migrated:\n{done.stdout}{done.stderr}")


def _ensure_template() -> None:
    name = environment.template_database()
    unfinished = f"{name}_new"
    with _server() as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        _drop(connection, unfinished)
        _create(connection, unfinished, "template0")
        migrate(environment.database_url(unfinished))
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(name))
        )


def _server() -> psycopg.Connection:
    return psycopg.connect(environment.maintenance_url(), autocommit=True)


def _create(connection: psycopg.Connection, name: str, template: str) -> None:
    _refuse_other_names(name)
    words = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    connection.execute(words.format(sql.Identifier(name), sql.Identifier(template)))


def _drop(connection: psycopg.Connection, name: str) -> None:
    _refuse_other_names(name)
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _refuse_other_names(name: str) -> None:
    if not name.startswith("test_"):
        raise ValueError(f"tests create and drop databases named test_* only, not {name!r}")
