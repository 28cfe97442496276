"""kill -9 at every step of an atomic block: all that it changes is there together, or none of it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import httpx
import msgspec
import psycopg
import pytest

from actors.protocol import cbor
from tests import web
from tests.actors_app.vault import STEPS
from tests.faults.ledgers import PAUSE, QUERY, RECOVERY_TIMEOUT
from tests.servers import LiveServer

STORED = """
SELECT s.state,
    ARRAY(SELECT convert_from(key, 'UTF8') FROM actors_kv k WHERE k.actor_id = a.id ORDER BY key),
    ARRAY(SELECT id FROM actors_message m WHERE m.actor_id = a.id),
    ARRAY(SELECT args FROM actors_schedule c WHERE c.actor_id = a.id),
    (SELECT due_at FROM actors_alarm l WHERE l.actor_id = a.id AND l.source = 'schedule')
        IS NOT DISTINCT FROM (SELECT min(due_at) FROM actors_schedule c WHERE c.actor_id = a.id)
FROM actors_actor a JOIN actors_state s ON s.actor_id = a.id WHERE a.name = 'vault' AND a.key = %s
"""


class Vaults:
    """Vaults on one server, and what the database holds of them."""

    def __init__(self, live: LiveServer, postgres_url: str) -> None:
        self.live = live
        self._postgres_url = postgres_url

    def deposit(self, key: str, *args: Any) -> httpx.Response:
        """Raises httpx.TransportError if the process dies before it has answered."""
        address = f"{self.live.url}/gateway/vault/action/deposit?{QUERY.format(key=key)}"
        return web.post(address, json={"args": list(args)}, timeout=RECOVERY_TIMEOUT)

    def stored(self, key: str, prefix: str) -> dict[str, list[str]]:
        """The tokens by kind, and how many messages there are."""
        with psycopg.connect(self._postgres_url) as connection:
            rows = connection.execute("SELECT name FROM auth_group WHERE starts_with(name, %s)", [prefix])
            groups = sorted(name for (name,) in rows)
            found = connection.execute(STORED, [key]).fetchone()
        if found is None:
            return {"state": [], "keys": [], "messages": [], "schedules": [], "rows": groups}
        state, keys, messages, args, alarmed = found
        assert alarmed, "what is planned has its alarm"
        tokens = msgspec.msgpack.decode(state)["tokens"] if state is not None else []
        plans = sorted(cbor.decode(each)[0] for each in args)
        return {
            "state": sorted(tokens),
            "keys": keys,
            "messages": messages,
            "schedules": plans,
            "rows": groups,
        }


@pytest.fixture
def vaults(live_server_process: Callable[..., LiveServer], postgres_url: str) -> Vaults:
    return Vaults(live_server_process("uvicorn"), postgres_url)


@pytest.mark.parametrize("rows", [True, False], ids=["rows", "no rows"])
def test_nothing_is_half_done_whenever_the_process_is_killed(vaults: Vaults, rows: bool) -> None:
    key = f"steps-{rows}"
    assert vaults.deposit(key, f"{key}-first", None, rows).json() == {"output": 1}
    expected = [f"{key}-first"]
    steps = STEPS if rows else [step for step in STEPS if step not in ("row", "checked", "statements")]
    for step in steps:
        token = f"{key}-{step}"
        with pytest.raises(httpx.TransportError):
            vaults.deposit(key, token, step, rows)
        if step == "commit":
            expected.append(token)
        vaults.live.wait()
        vaults.live.start()
        stored = vaults.stored(key, f"{key}-")
        assert stored["state"] == stored["keys"] == stored["schedules"] == sorted(expected), step
        assert stored["rows"] == (sorted(expected) if rows else []), step
        assert len(stored["messages"]) == len(expected), step
    assert vaults.deposit(key, f"{key}-last", None, rows).json() == {"output": len(expected) + 1}


class Depositors:
    """A thread for each key, which deposits until stopped. `told` are the tokens that were acknowledged."""

    def __init__(self, vaults: Vaults, keys: list[str]) -> None:
        self.told: dict[str, set[str]] = {key: set() for key in keys}
        self._vaults = vaults
        self._stop = threading.Event()
        self._progress = threading.Semaphore(0)
        self._threads = [threading.Thread(target=self._write, args=(key,), daemon=True) for key in keys]

    def __enter__(self) -> Depositors:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(RECOVERY_TIMEOUT)

    def wait_for(self, number: int) -> None:
        for _ in range(number):
            assert self._progress.acquire(timeout=RECOVERY_TIMEOUT)

    def _write(self, key: str) -> None:
        for number in count():
            if self._stop.is_set():
                return
            token = f"{key}-{number:06}"
            with suppress(httpx.TransportError):
                if self._vaults.deposit(key, token).status_code == 200:
                    self.told[key].add(token)
                    self._progress.release()
                    continue
            self._stop.wait(PAUSE)


def test_kills_at_any_moment_under_load_leave_nothing_half_done(vaults: Vaults) -> None:
    keys = [f"load-{number}" for number in range(3)]
    with Depositors(vaults, keys) as depositors:
        for _ in range(4):
            depositors.wait_for(15)
            vaults.live.kill()
            vaults.live.start()
    for key in keys:
        stored = vaults.stored(key, f"{key}-")
        assert stored["state"] == stored["keys"] == stored["schedules"] == stored["rows"]
        assert len(stored["messages"]) == len(stored["state"])
        assert depositors.told[key] <= set(stored["state"])
