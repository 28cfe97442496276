"""Senders to the `mill` actor over HTTP, and what its process has written down before it was killed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests import web
from tests.actors_app.mill import NOTES
from tests.faults.ledgers import PAUSE, QUERY, RECOVERY_TIMEOUT
from tests.servers import LiveServer

LEFT = "SELECT count(*) FROM actors_message m JOIN actors_actor a ON a.id = m.actor_id WHERE a.key = %s"


class MillSite:
    """A server, one mill on it, and its notes."""

    def __init__(
        self, start: Callable[..., LiveServer], server: str, key: str, folder: Path, postgres_url: str
    ) -> None:
        self._notes = folder / "notes"
        self.live = start(server, **{NOTES: str(self._notes)})
        self._key = key
        self._postgres_url = postgres_url

    def send(self, name: str, fatal: str | None = None, queue: str = "grains", **how: Any) -> httpx.Response:
        """Raises httpx.TransportError if the process dies before it has answered."""
        return self._post(f"queue/{queue}", {"body": {"name": name, "fatal": fatal}, **how})

    def act(self, action: str) -> Any:
        """Raises httpx.TransportError if the process dies before it has answered."""
        return self._post(f"action/{action}", {"args": []}).json()["output"]

    def finish(self) -> list[str]:
        """What was ground, once nothing is left to do. Wakes the mill."""
        self._once_back("idle", lambda idle: bool(idle) and self._left() == 0)
        ground: list[str] = self._once_back("ground", lambda _: True)
        return ground

    def notes(self, word: str) -> Counter[str]:
        """How often the process wrote `word` of each grain."""
        lines = self._notes.read_text().splitlines() if self._notes.exists() else []
        return Counter(line.split(maxsplit=1)[1] for line in lines if line.startswith(f"{word} "))

    def ended(self) -> None:
        """Return when the process has died; start it again."""
        self.live.wait()
        self.live.start()

    def _left(self) -> int:
        with psycopg.connect(self._postgres_url) as connection:
            row = connection.execute(LEFT, [self._key]).fetchone()
        return 0 if row is None else int(row[0])

    def _once_back(self, action: str, done: Callable[[Any], bool]) -> Any:
        pause = threading.Event()
        for _ in range(round(RECOVERY_TIMEOUT / PAUSE)):
            try:
                answer = self._post(f"action/{action}", {"args": []})
            except httpx.TransportError:
                pass
            else:
                if answer.status_code == 200 and done(answer.json()["output"]):
                    return answer.json()["output"]
            pause.wait(PAUSE)
        raise AssertionError(f"{action} is not done within {RECOVERY_TIMEOUT:.0f} s; {self._left()} are left")

    def _post(self, path: str, body: Any) -> httpx.Response:
        address = f"{self.live.url}/gateway/mill/{path}?{QUERY.format(key=self._key)}"
        return web.post(address, json=body, timeout=30.0)


class Senders:
    """Threads that send grains until stopped, whatever happens. `stored` are those acknowledged."""

    def __init__(self, site: MillSite, number: int) -> None:
        self.stored: set[str] = set()
        self.tried: set[str] = set()
        self._site = site
        self._stop = threading.Event()
        self._progress = threading.Semaphore(0)
        self._threads = [
            threading.Thread(target=self._send, args=(sender,), daemon=True) for sender in range(number)
        ]

    def __enter__(self) -> Senders:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(RECOVERY_TIMEOUT)

    def wait_for(self, number: int) -> None:
        """Return when so many more have been acknowledged."""
        for _ in range(number):
            assert self._progress.acquire(timeout=RECOVERY_TIMEOUT), "the senders make no progress"

    def _send(self, sender: int) -> None:
        for number in count():
            if self._stop.is_set():
                return
            name = f"{sender}-{number}"
            self.tried.add(name)
            try:
                answer = self._site.send(name)
            except httpx.TransportError:
                self._stop.wait(PAUSE)
                continue
            if answer.status_code == 200:
                self.stored.add(name)
                self._progress.release()
            else:
                self._stop.wait(PAUSE)
