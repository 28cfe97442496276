"""Who an actor sees at each door: looked up once, and never on behalf of a page of another site."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler

from actors.gateway.asgi import ActorsApplication
from actors.gateway.platform import Platform
from tests.gateway import people_actors  # noqa: F401 - registers it
from tests.gateway.logins import logged_in
from tests.gateway.sockets import Socket

pytestmark = pytest.mark.django_db(transaction=True)

OWN = {"origin": "http://localhost"}
FOREIGN = {"origin": "https://evil.example"}
TOKEN = "t" * 40

Query = Callable[..., str]


@pytest.fixture(autouse=True)
def hosts(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]


@pytest.fixture
async def cookie() -> str:
    return await sync_to_async(logged_in)("ada")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that Django has sent to its database."""
    from django.db.backends.utils import CursorWrapper

    statements: list[str] = []
    real = CursorWrapper.execute

    def execute(self: Any, sql: Any, params: Any = None) -> Any:
        statements.append(str(sql).partition(" ")[0])
        return real(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", execute)
    yield statements


async def greeted(query: Query, headers: dict[str, str]) -> Socket:
    socket = Socket(ActorsApplication(ASGIHandler()), query("portrait", "m", "/connect"), ["rivet"])
    await socket.open(headers)
    assert (await socket.body())["tag"] == "Init"
    return socket


@pytest.mark.parametrize("access", [None, "authenticated"])
async def test_one_look_for_an_http_request(
    platform: Platform,
    http: httpx.AsyncClient,
    query: Query,
    cookie: str,
    asked: list[str],
    access: str | None,
) -> None:
    """The session and the user, also where the door has asked before the actor does."""
    if access is not None:
        platform.config = replace(platform.config, token=TOKEN, session_access=access)
    headers = {"cookie": cookie, **OWN}
    action = await http.post(query("portrait", "m", "/action/who"), json={}, headers=headers)
    assert (action.json(), asked) == ({"output": ["ada", True]}, ["SELECT", "SELECT"])
    asked.clear()
    raw = await http.get(query("portrait", "m", "/request/"), headers=headers)
    assert (raw.json(), asked) == ([["ada"] * 3, [True, True]], ["SELECT", "SELECT"])


@pytest.mark.parametrize("access", [None, "authenticated"])
async def test_one_look_for_a_websocket_however_many_frames(
    platform: Platform, query: Query, cookie: str, asked: list[str], access: str | None
) -> None:
    if access is not None:
        platform.config = replace(platform.config, token=TOKEN, session_access=access)
    socket = await greeted(query, {"cookie": cookie, **OWN})
    for number in range(3):
        await socket.act(number, "who")
        assert (await socket.body())["val"]["output"] == ["ada", True]
    assert asked == ["SELECT", "SELECT"]
    await socket.leave()


async def test_two_requests_are_two_looks(
    http: httpx.AsyncClient, query: Query, cookie: str, asked: list[str]
) -> None:
    """A person who has logged out is nobody at the next request."""
    headers, url = {"cookie": cookie, **OWN}, query("portrait", "m", "/action/who")
    assert (await http.post(url, json={}, headers=headers)).json() == {"output": ["ada", True]}
    await sync_to_async(_log_out)(cookie)
    assert (await http.post(url, json={}, headers=headers)).json()["output"][0] == "nobody"


def _log_out(cookie: str) -> None:
    from django.contrib.sessions.models import Session

    Session.objects.filter(session_key=cookie.partition("=")[2]).delete()


NOBODY = {
    "a token alone": {"authorization": f"Bearer {TOKEN}"},
    "a page of another site": FOREIGN,
    "a link on another site": {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    "a form by GET on another site": {"sec-fetch-site": "cross-site", "referer": "https://evil.example/"},
    "a link on a neighbour's subdomain": {"sec-fetch-site": "same-site"},
    "a link in an old browser": {"referer": "https://evil.example/"},
    "who does not say where it comes from": {},
}


@pytest.mark.parametrize("case", sorted(NOBODY))
async def test_nobody_stands_behind(
    platform: Platform, http: httpx.AsyncClient, query: Query, cookie: str, asked: list[str], case: str
) -> None:
    """Each with the token, so that the question is only who it is, to the raw door's Django request too."""
    platform.config = replace(platform.config, token=TOKEN, session_access="authenticated")
    headers = {"authorization": f"Bearer {TOKEN}", **NOBODY[case]}
    if case != "a token alone":
        headers["cookie"] = cookie
    action = await http.post(query("portrait", "m", "/action/who"), json={}, headers=headers)
    assert action.json() == {"output": ["nobody", False]}
    raw = await http.get(query("portrait", "m", "/request/"), headers=headers)
    assert raw.json() == [["nobody"] * 3, [False, False]]
    socket = await greeted(query, headers)
    await socket.act(1, "who")
    assert (await socket.body())["val"]["output"] == ["nobody", False]
    await socket.leave()
    assert asked == []


@pytest.mark.parametrize("case", sorted(set(NOBODY) - {"a token alone"}))
async def test_a_login_opens_no_door_for(
    platform: Platform, http: httpx.AsyncClient, query: Query, cookie: str, case: str
) -> None:
    platform.config = replace(platform.config, token=TOKEN, session_access="authenticated")
    headers = {"cookie": cookie, **NOBODY[case]}
    for method, rest in (("GET", "/request/"), ("POST", "/action/who")):
        answer = await http.request(method, query("portrait", "m", rest), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    socket = Socket(ActorsApplication(ASGIHandler()), query("portrait", "m", "/connect"), ["rivet"])
    await socket.open(headers)
    code, reason = await socket.expect_close()
    assert (code, reason.partition("#")[0]) == (1008, "api.forbidden")
    seen = await http.post(
        query("portrait", "m", "/action/seen"), json={}, headers={"authorization": f"Bearer {TOKEN}"}
    )
    assert json.loads(seen.text) == {"output": ["nobody"]}, "the actor was asked by nobody else"
