"""What a server logs at DEBUG while clients do everything: events of the table, and none of their data."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.gateway.wire import action, raw_websocket, subscription, url_of, value_of, websocket
from tests.log_schema import faults
from tests.servers import LiveServer

SECRET = "sw0rdfish"
HIDDEN = {"x-rivet-conn-params": json.dumps({"name": SECRET})}
PART_OF_THE_LIFE = {
    "node joined",
    "node left",
    "lifecycle transition",
    "lifecycle command received",
    "dispatch command handled",
    "state serialized",
    "states committed",
    "connection added",
    "connection removed",
    "connection restored",
    "grace started",
    "cleanup step completed",
    "a websocket was closed for an error",
    "an action failed",
}


def records(text: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [line for line in lines if line["logger"].startswith("actors.")]


def as_record(line: dict[str, Any]) -> logging.LogRecord:
    level = logging.getLevelNamesMapping()[line["level"].upper()]
    traced = (ValueError, ValueError(), None) if "traceback" in line else None
    own = {
        key: value
        for key, value in line.items()
        if key not in ("time", "level", "logger", "event", "traceback")
    }
    return logging.makeLogRecord({"msg": line["event"], "levelno": level, "exc_info": traced, **own})


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_no_data_of_a_client_is_in_the_log(
    live_server_process: Callable[..., LiveServer], server: str
) -> None:
    live = live_server_process(server, LOG_JSON="1", LOG_LEVEL="DEBUG")
    with httpx.Client(trust_env=False, timeout=20) as http:
        use_actions(http, live.url)
        use_doors_wrongly(http, live.url)
        use_sockets(live.url)
        http.post(url_of(live.url, "web", SECRET, f"/request/{SECRET}?{SECRET}"), content=SECRET.encode())
    live.stop()
    log = live.log.read_text()
    assert SECRET not in log
    seen = records(log)
    assert [fault for line in seen for fault in faults(as_record(line))] == []
    assert {line["event"] for line in seen} >= PART_OF_THE_LIFE


def use_actions(http: httpx.Client, url: str) -> None:
    for body in (
        {"args": [SECRET]},
        {"args": [SECRET, SECRET]},
        {"args": {SECRET: 1}},
        {SECRET: []},
        [SECRET],
    ):
        for name in ("echo", SECRET):
            http.post(url_of(url, "echo", SECRET, f"/action/{name}"), json=body)
    http.post(url_of(url, "echo", SECRET, "/action/add_user"), json={"args": [SECRET]})
    http.post(url_of(url, "slow", SECRET, "/action/wait"), json={"args": [SECRET]})
    http.post(url_of(url, "club", SECRET, "/action/my_params"), json={}, headers=HIDDEN)
    http.post(
        url_of(url, "club", SECRET, "/action/my_params"), json={}, headers={"x-rivet-conn-params": SECRET}
    )
    http.post(url_of(url, "thrower", SECRET, "/action/plain_exception"), json={})
    http.post(
        url_of(url, "echo", SECRET, "/action/echo"),
        content=SECRET.encode(),
        headers={"x-rivet-encoding": "cbor"},
    )


def use_doors_wrongly(http: httpx.Client, url: str) -> None:
    http.get(f"{url}/gateway/{SECRET}@{SECRET}/action/x")
    http.get(f"{url}/gateway/echo/{SECRET}?rvt-key={SECRET}")
    http.get(f"{url}/metrics", headers={"authorization": f"Bearer {SECRET}"})
    made = {
        "name": "heir",
        "key": SECRET,
        "input": SECRET,
        "runner_name_selector": "default",
        "crash_policy": "sleep",
    }
    for body in (made, made | {"input": 5}, {SECRET: SECRET}):
        http.post(f"{url}/actors?namespace=default", json=body)


def use_sockets(url: str) -> None:
    with websocket(url, "dozer", SECRET, f"rivet_conn_params.%22{SECRET}%22") as client:
        client.recv(timeout=20)
        for frame in (subscription(SECRET), action(1, "add", 1), action(2, "nap"), action(3, "report")):
            client.send(frame)
        while value_of(client.recv(timeout=20)).get("id") != ["$BigInt", "3"]:
            pass
    for name, frame in (("echo", SECRET), ("echo", action(1, SECRET, SECRET)), ("club", action(1, "leave"))):
        with websocket(url, name, SECRET, f"rivet_conn_params.%22{SECRET}%22") as client:
            client.send(frame)
            drain(client)
    with raw_websocket(url, "line", SECRET, f"/{SECRET}") as client:
        client.send(SECRET)


def drain(client: Any) -> None:
    try:
        for _ in range(2):
            client.recv(timeout=5)
    except (ConnectionClosed, TimeoutError):
        pass
