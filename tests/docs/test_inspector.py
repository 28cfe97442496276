"""docs/inspector.md: its example looks into actors of both servers, and its table has every route."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType

import httpx
import pytest
from websockets.sync.client import connect

from actors.gateway.inspector_routes import ENDPOINTS
from actors.protocol import cbor, inspector_answers, inspector_requests
from tests.databases import ROOT
from tests.docs.test_quickstart import BLOCK
from tests.gateway.wire import url_of
from tests.servers import LiveServer

PAGE = (ROOT / "docs" / "inspector.md").read_text()


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
def test_the_example_looks_into_an_actor(server: str, live_server_process: Callable[..., LiveServer]) -> None:
    """And the websocket that the page tells of sees what is changed over HTTP."""
    live = live_server_process(server=server)
    example = ModuleType("look_of_docs_inspector")
    ((_, text),) = BLOCK.findall(PAGE)
    exec(text, vars(example))
    with httpx.Client(base_url=live.url, trust_env=False) as site:
        made = site.post(
            url_of("", "counter", f"looked-at-{server}", "/action/increment"), json={"args": [2]}
        )
        actor_id = made.headers["x-rivet-actor"]
        with example.inspector(site, actor_id) as look:
            before = look.get("state").json()
            assert before["isStateEnabled"] is True
            offered = f"rivet_inspector_token.{look.headers['authorization'].split()[1]}"
            url = f"{live.url}/gateway/{actor_id}/inspector/connect?protocol_version=6".replace(
                "http", "ws", 1
            )
            with connect(url, subprotocols=["rivet", offered], compression=None) as socket:  # type: ignore[list-item]
                init = read(socket.recv())
                assert (socket.subprotocol, cbor.decode(init.state)) == ("rivet", before["state"])
                assert look.patch("state", json={"state": before["state"] + 40}).json() == {"ok": True}
                assert cbor.decode(read(socket.recv()).state) == before["state"] + 40
                asked = inspector_requests.ActionRequest(7, "increment", cbor.encode([1]))
                socket.send(inspector_requests.TO_SERVER.encode_payload(asked, 6))
                answers = [read(socket.recv()), read(socket.recv())]
                outputs = [cbor.decode(one.output) for one in answers if getattr(one, "rid", None) == 7]
                assert outputs == [before["state"] + 41]


def read(frame: str | bytes) -> inspector_answers.ToClient:
    assert isinstance(frame, bytes)
    return inspector_answers.TO_CLIENT.decode_payload(frame, 6)


def test_the_table_has_every_route() -> None:
    named = set(re.findall(r"`(GET|POST|PATCH|DELETE) /inspector(/[\w/-]+)", PAGE))
    database = {(method, path) for method, path in ENDPOINTS if path.startswith("/database/")}
    assert named - {("POST", "/action/")} == set(ENDPOINTS) - database
