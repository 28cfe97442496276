"""One run of Node for each suite and encoding; each of its behaviours is a test of its own.

`def test_actor_conn(shown): shown()` stands for all rows of the table `actor-conn`, in all encodings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.clients.conftest import TOKEN, Driver
from tests.clients.suites.behaviours import read_tables
from tests.servers import LiveServer

SERVERS: Final = {"bare": "daphne", "cbor": "uvicorn", "json": "daphne"}
"""The encodings, and whom each of them talks to."""
CRASHES: Final = {"actor-save-state"}
"""Suites that ask for the sudden end of their server, once."""

Reports = Callable[[str, str], dict[str, str | None]]
Shown = Callable[[], None]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "shown" not in metafunc.fixturenames:
        return
    suite = metafunc.function.__name__.removeprefix("test_").replace("_", "-")
    cases = [
        pytest.param((suite, encoding, behaviour.sentence), id=f"{behaviour.slug}-{encoding}")
        for encoding in SERVERS
        for behaviour in read_tables().get(suite, [])
    ]
    metafunc.parametrize("case", cases)


@pytest.fixture(scope="module")
def reports(
    postgres_url: str,
    redis_url: str,
    node_bin: Path,
    node_project: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Reports]:
    """`reports(suite, encoding)`: what that suite has shown; for each sentence None, or how it failed."""
    script = node_project / "drivers" / "suite.mjs"
    variables = {"DEBUG": "0", "SECRET_KEY": "k" * 60, "ALLOWED_HOSTS": "127.0.0.1", "ACTORS_TOKEN": TOKEN}
    variables["ACTORS_SWEEP_INTERVAL"] = "1"  # there is no beat that would wake who sleeps
    with ExitStack() as stack:

        @cache
        def server(kind: str) -> LiveServer:
            live = LiveServer(kind, tmp_path_factory.mktemp("suites") / "server.log", variables)
            stack.callback(live.close)
            live.start()
            return live

        @cache
        def report(suite: str, encoding: str) -> dict[str, str | None]:
            live = server(SERVERS[encoding])
            asked = {"ENDPOINT": live.url, "ENCODING": encoding, "TOKEN": TOKEN, "SUITE": suite}
            driver = Driver(node_bin, script, asked)
            stack.callback(driver.close)
            if suite in CRASHES:
                driver.wait_for("crash")
                live.kill()
                live.start()
                driver.go_on()
            shown: dict[str, str | None] = driver.finish()
            return shown

        yield report


@pytest.fixture
def shown(case: tuple[str, str, str], reports: Reports) -> Shown:
    """`shown()` fails unless the behaviour was as its row says."""

    def check() -> None:
        suite, encoding, sentence = case
        failure = reports(suite, encoding)[sentence]
        assert failure is None, failure

    return check
