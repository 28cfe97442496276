"""Clients of the `ledger` actor over HTTP, and the account of what they were told.

An acknowledged token must be there once; one that failed may be there once or not at all.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

import httpx

from tests import web

QUERY = "rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default&rvt-key={key}"
RECOVERY_TIMEOUT = 45.0
PAUSE = 0.05


def call(url: str, key: str, action: str, *args: object, timeout: float = 30.0) -> httpx.Response:
    """One action of the ledger `key`."""
    address = f"{url}/gateway/ledger/action/{action}?{QUERY.format(key=key)}"
    return web.post(address, json={"args": list(args)}, timeout=timeout)


def tokens_once_back(url: str, key: str) -> list[str]:
    """What the ledger holds, asked until the platform answers again."""
    deadline = time.monotonic() + RECOVERY_TIMEOUT
    while True:
        try:
            response = call(url, key, "tokens", timeout=2.0)
            if response.status_code == 200:
                tokens: list[str] = response.json()["output"]
                return tokens
            problem = response.text
        except httpx.TransportError as exc:
            problem = repr(exc)
        if time.monotonic() > deadline:
            raise AssertionError(f"no recovery within {RECOVERY_TIMEOUT:.0f} s: {problem}")
        time.sleep(PAUSE)


@dataclass
class Account:
    """What the writers of one ledger were told. `errors` counts the `group.code` of refusals."""

    acknowledged: set[str] = field(default_factory=set)
    attempted: set[str] = field(default_factory=set)
    errors: Counter[str] = field(default_factory=Counter)

    def assert_kept(self, tokens: list[str]) -> None:
        duplicates = [token for token, times in Counter(tokens).items() if times > 1]
        assert duplicates == []
        assert self.acknowledged - set(tokens) == set()
        assert set(tokens) - self.attempted == set()


class Writers:
    """Threads that record tokens in the ledgers until stopped, whatever happens to the server."""

    def __init__(self, url: str, keys: list[str], per_key: int = 2) -> None:
        self.accounts = {key: Account() for key in keys}
        self._url = url
        self._stop = threading.Event()
        self._progress = threading.Semaphore(0)
        self._threads = [
            threading.Thread(target=self._write, args=(key, f"{key}-{writer}"), daemon=True)
            for key in keys
            for writer in range(per_key)
        ]

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(RECOVERY_TIMEOUT)

    def wait_for_acknowledgements(self, number: int) -> None:
        for _ in range(number):
            if not self._progress.acquire(timeout=RECOVERY_TIMEOUT):
                told = {key: dict(account.errors) for key, account in self.accounts.items()}
                raise AssertionError(f"the writers make no progress within {RECOVERY_TIMEOUT:.0f} s: {told}")

    def _write(self, key: str, writer: str) -> None:
        account = self.accounts[key]
        for number in count():
            if self._stop.is_set():
                return
            token = f"{writer}-{number}"
            account.attempted.add(token)
            try:
                response = call(self._url, key, "record", token)
            except httpx.TransportError as exc:
                account.errors[type(exc).__name__] += 1
                self._stop.wait(PAUSE)
                continue
            if response.status_code == 200:
                account.acknowledged.add(token)
                self._progress.release()
            else:
                body = response.json()
                account.errors[f"{body['group']}.{body['code']}"] += 1
                self._stop.wait(PAUSE)
