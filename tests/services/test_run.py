"""`manage.py actors run` on the real site: it comes up, and goes with everything that it started."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from actors.services.postgres import Postgres
from actors.services.supervisor import KILL_PATIENCE, STOP_PATIENCE
from actors.services.valkey import Valkey
from tests import web
from tests.databases import ROOT
from tests.servers import free_port
from tests.services.processes import MARK, PATIENCE, children_named, left_of, new_mark

pytestmark = pytest.mark.slow

# Hit by a machine that is very busy, or by a process that hangs.
START_TIMEOUT = 180


def site_environment(home: Path) -> dict[str, str]:
    """That of a person who runs the site: without what this test run chose for itself."""
    chosen_for_tests = ("DATABASE_URL", "REDIS_URL", "REDIS_PREFIX")
    inherited = {name: value for name, value in os.environ.items() if name not in chosen_for_tests}
    return {
        **inherited,
        "DJANGO_SETTINGS_MODULE": "rivet_project.settings",
        "RIVET_HOME": str(home),
        "DEBUG": "1",
    }


def manage(variables: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


class Site:
    """One `actors run` with its data in `home`."""

    def __init__(self, home: Path, **variables: str) -> None:
        self.mark = new_mark()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.output = home / "output.log"
        self.variables = {**site_environment(home), MARK: self.mark, **variables}
        command = [sys.executable, str(ROOT / "manage.py"), "actors", "run", "--port", str(self.port)]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command, env=self.variables, stdout=output, stderr=output, start_new_session=True
            )

    def wait_for(self, words: str) -> str:
        """The first line of output that contains `words`."""
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None
            for line in self.output.read_text().splitlines():
                if words in line:
                    return line
            if ended:
                break
            time.sleep(0.05)
        pytest.fail(f"{words!r} was not said:\n{self.output.read_text()}")

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        return manage(self.variables, *words)


def end(site: Site) -> None:
    """Whatever a test left: nothing of it may disturb the next."""
    site.process.kill()
    site.process.wait()
    for pid in left_of(site.mark):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def start_site(tmp_path: Path) -> Iterator[Callable[[str], Site]]:
    """`start_site(server)`: a site of the test's own, which says that it is ready."""
    with ExitStack() as stack:

        def start(server: str) -> Site:
            site = Site(new_home(tmp_path), SERVER=server)
            stack.callback(end, site)
            site.wait_for("ready on")
            return site

        yield start


@pytest.fixture(scope="module")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for tests that leave it as it was."""
    site = Site(new_home(tmp_path_factory.mktemp("site")))
    try:
        site.wait_for("ready on")
        yield site
    finally:
        end(site)


def new_home(parent: Path) -> Path:
    home = parent / "my home"
    home.mkdir()
    return home


def test_a_site_is_ready_once_worker_and_beat_are_seen(running_site: Site) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        answer = web.get(f"{running_site.url}/ready", timeout=20).json()
        if answer["status"] == "ready":
            break
        time.sleep(0.5)
    assert answer == {
        "status": "ready",
        "checks": {
            "node": True,
            "database": True,
            "redis": True,
            "broker": True,
            "worker": True,
            "beat": True,
        },
    }
    assert "!!" not in running_site.manage("actors", "doctor").stdout


def test_it_says_where_it_is_when_it_truly_is(running_site: Site) -> None:
    assert running_site.wait_for("ready on") == f"rivet    │ ready on daphne: {running_site.url}/"
    assert web.get(f"{running_site.url}/health").is_success
    assert web.get(f"{running_site.url}/admin/login/").is_success
    for words in ("rivet_project worker", "rivet_project beat", "bin/postgres -D", "valkey-server"):
        assert len(children_named(running_site.mark, words)) == 1, words


def test_a_second_command_uses_the_servers_that_run(running_site: Site) -> None:
    done = running_site.manage("actors", "exec", "--", "showmigrations", "actors")
    assert "[X] 0001" in done.stdout, done.stderr
    assert len(children_named(running_site.mark, "bin/postgres -D")) == 1
    assert web.get(f"{running_site.url}/health").is_success


def test_a_taken_port_is_named_at_once_with_the_way_out(running_site: Site) -> None:
    port = running_site.port
    second = running_site.manage("actors", "run", "--port", str(port))
    assert second.returncode == 1
    assert re.fullmatch(
        rf"CommandError: Port {port} .* cannot be used .* make run PORT={port + 1}\n", second.stderr
    )


def test_it_has_less_than_five_seconds_to_go_however_stubborn_its_processes_are(tmp_path: Path) -> None:
    """The graces one after the other: children first, then the embedded servers, which end side by side."""
    services = [Postgres(tmp_path), Valkey(tmp_path)]
    longest = max(sum(patience for _, patience in service.stop_steps) for service in services)
    assert STOP_PATIENCE + KILL_PATIENCE + longest < 5


@pytest.mark.parametrize(("server", "number"), [("daphne", signal.SIGINT), ("uvicorn", signal.SIGTERM)])
def test_it_goes_and_takes_all_with_it(
    start_site: Callable[[str], Site], server: str, number: signal.Signals
) -> None:
    site = start_site(server)
    os.killpg(site.process.pid, number)
    assert site.process.wait(PATIENCE) == 0
    assert left_of(site.mark) == {}
    assert "\x1b" not in site.output.read_text()


def test_killed_outright_it_leaves_no_orphan(start_site: Callable[[str], Site]) -> None:
    site = start_site("daphne")
    site.process.kill()
    site.process.wait()
    assert left_of(site.mark) == {}


def test_the_servers_death_ends_all_and_a_workers_does_not(start_site: Callable[[str], Site]) -> None:
    site = start_site("uvicorn")
    [worker] = children_named(site.mark, "rivet_project worker")
    os.kill(worker, signal.SIGKILL)
    site.wait_for("worker was killed by SIGKILL; starting it again")
    [server] = children_named(site.mark, "actors serve")
    os.kill(server, signal.SIGKILL)
    site.wait_for("server was killed by SIGKILL; stopping everything")
    assert site.process.wait(PATIENCE) == 1
    assert left_of(site.mark) == {}


def test_exec_starts_the_servers_and_ends_them_again(tmp_path: Path) -> None:
    mark = new_mark()
    variables = {**site_environment(new_home(tmp_path)), MARK: mark}
    done = manage(variables, "actors", "exec", "--", "showmigrations", "actors")
    assert "[ ] 0001" in done.stdout, done.stderr
    assert left_of(mark) == {}
