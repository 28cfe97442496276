"""Embedded servers: shared, restarted when they die, gone with their last user however that one ends."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from actors.services.lease import Lease, held
from actors.services.postgres import Postgres
from actors.services.service import Service, ServiceFailed, make_private, socket_directory
from actors.services.valkey import Valkey
from tests.databases import ROOT
from tests.services.processes import MARK, PATIENCE, children_named, left_of, marked, new_mark

HOLDER = """
import sys
from pathlib import Path
from actors.services.lease import held
from actors.services.postgres import Postgres
with held(Postgres(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""

StartHolder = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "a home with 'quotes' and spaces"
    path.mkdir()
    yield path
    shutil.rmtree(socket_directory(path), ignore_errors=True)


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Marks all that this test starts, and checks at its end that nothing of it is left."""
    value = new_mark()
    monkeypatch.setenv(MARK, value)
    yield value
    assert left_of(value) == {}


@pytest.fixture
def start_holder(home: Path) -> Iterator[StartHolder]:
    """Starts another process that holds a lease until it is killed or its input closes."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLDER, str(home)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def pid_of(service: Postgres) -> int:
    return int((service.data / "postmaster.pid").read_text().split("\n")[0])


def next_message(lease: Lease) -> str | None:
    readable, _, _ = select.select([lease], [], [], 20)
    assert readable, "the guard said nothing"
    return lease.message()


def test_postgres_starts_with_fsync_and_keeps_its_data(home: Path, mark: str) -> None:
    service = Postgres(home)
    with held(service), psycopg.connect(service.url(), autocommit=True) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with held(service), psycopg.connect(service.url()) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_valkey_starts_and_keeps_its_data(home: Path, mark: str) -> None:
    service = Valkey(home)
    with held(service), redis.from_url(service.url()) as client:
        client.set("kept", "7")
    with held(service), redis.from_url(service.url()) as client:
        assert client.get("kept") == b"7"


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_the_server_has_ended_when_the_last_lease_is_released(
    kind: Callable[[Path], Service], home: Path, mark: str
) -> None:
    with held(kind(home)):
        assert marked(mark) != {}
    assert left_of(mark) == {}


def test_processes_share_a_server_until_the_last_one_goes(
    home: Path, mark: str, start_holder: StartHolder
) -> None:
    service = Postgres(home)
    with held(service):
        first = pid_of(service)
        other = start_holder()
        assert pid_of(service) == first
    with psycopg.connect(service.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    other.communicate()
    assert left_of(mark) == {}


def test_a_killed_user_leaves_no_server(home: Path, mark: str, start_holder: StartHolder) -> None:
    holder = start_holder()
    assert children_named(mark, "postgres") != []
    holder.kill()
    holder.wait()
    assert left_of(mark) == {}


def test_a_killed_guard_takes_its_server_with_it(home: Path, mark: str) -> None:
    lease = Lease(Postgres(home))
    lease.take()
    [guard] = children_named(mark, "actors.services.guard")
    os.kill(guard, signal.SIGKILL)
    assert next_message(lease) is None
    lease.release()
    assert left_of(mark) == {}


def test_a_killed_postgres_comes_back_with_all_that_was_committed(home: Path, mark: str) -> None:
    service = Postgres(home)
    with held(service) as lease:
        with psycopg.connect(service.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
            first = pid_of(service)
            os.kill(first, signal.SIGKILL)
        messages = []
        while not messages or messages[-1] != "ready":
            messages.append(next_message(lease))
        assert messages[0] == "was killed by SIGKILL; starting it again"
        assert pid_of(service) != first
        with psycopg.connect(service.url()) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_what_a_killed_postgres_left_behind_may_take_its_time_to_go(home: Path, mark: str) -> None:
    service = Postgres(home)
    with held(service) as lease:
        first = pid_of(service)
        left_behind = int(Path(f"/proc/{first}/task/{first}/children").read_text().split()[0])
        os.kill(left_behind, signal.SIGSTOP)
        os.kill(first, signal.SIGKILL)
        refusals = [next_message(lease) for _ in range(8)]
        assert refusals[0] == "was killed by SIGKILL; starting it again"
        assert set(refusals[1:]) == {"ended with code 1; starting it again"}
        os.kill(left_behind, signal.SIGCONT)
        while (message := next_message(lease)) != "ready":
            assert message == "ended with code 1; starting it again"


def test_a_server_that_cannot_start_says_why(home: Path, mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "postgres").mkdir()
    (home / "postgres" / "PG_VERSION").write_text("9\n")
    with (
        pytest.raises(ServiceFailed, match=r"postgres does not start; see .*postgres\.log"),
        held(Postgres(home)),
    ):
        pass


def test_the_sockets_are_not_put_where_somebody_else_could_have_laid_them(tmp_path: Path) -> None:
    open_to_all = tmp_path / "sockets"
    open_to_all.mkdir()
    open_to_all.chmod(0o755)
    with pytest.raises(ServiceFailed, match="open to others"):
        make_private(open_to_all)
    link = tmp_path / "link"
    link.symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(ServiceFailed, match="belongs to somebody else"):
        make_private(link)


def test_socket_paths_stay_below_the_limit_of_the_kernel(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a folder with a long name"] * 8)
    assert len(str(Valkey(deep).socket_path)) < 60
    assert socket_directory(deep) != socket_directory(deep.parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must change the account")
def test_root_without_user_namespaces_runs_postgres_as_nobody(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.services.postgres._namespaces_allowed", lambda: False)
    home.chmod(0o700)
    service = Postgres(home)
    make_private(socket_directory(home))
    service.prepare()
    assert service.data.stat().st_uid == 65534
    process = subprocess.Popen(service.command(), stderr=subprocess.DEVNULL)
    try:
        while not service.ready(process.pid):
            assert process.poll() is None
        with psycopg.connect(service.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
