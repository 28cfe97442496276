"""Who guesses tokens is heard less and less often, and nobody else notices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler

from actors.gateway.asgi import ActorsApplication
from actors.gateway.guessing import GUESSES, MOST_ADDRESSES, PAUSE, Guesses, address_of, guesses_of
from actors.gateway.platform import Platform
from actors.testing.clock import TurnedClock
from tests.gateway.inspecting import Inspector
from tests.gateway.limits import holds
from tests.gateway.sockets import Socket

Inspect = Callable[..., Awaitable[Inspector]]

TOKEN = "t" * 40
RIGHT = {"authorization": f"Bearer {TOKEN}"}
WRONG = {"authorization": "Bearer guess"}
LIST = "/actors?namespace=default&name=probe"


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def guarded(platform: Platform) -> Platform:
    platform.config = replace(platform.config, token=TOKEN)
    return platform


async def ask(http: httpx.AsyncClient, url: str, headers: dict[str, str], times: int = 1) -> list[int]:
    return [(await http.get(url, headers=headers)).status_code for _ in range(times)]


async def test_wrong_tokens_are_refused_with_429_in_the_end(
    http: httpx.AsyncClient, guarded: Platform
) -> None:
    assert await ask(http, LIST, WRONG, GUESSES + 2) == [403] * GUESSES + [429] * 2
    refused = await http.get(LIST, headers=WRONG)
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("too_many_attempts", str(PAUSE))


async def test_one_more_is_looked_at_after_each_pause(
    http: httpx.AsyncClient, guarded: Platform, clock: TurnedClock
) -> None:
    await ask(http, LIST, WRONG, GUESSES)
    await clock.advance(PAUSE)
    assert await ask(http, LIST, WRONG, 2) == [403, 429]
    await clock.advance(PAUSE)
    assert await ask(http, LIST, RIGHT, 3) == [200] * 3, "what is right costs nothing"


async def test_the_right_token_from_elsewhere_passes_at_once(
    http: httpx.AsyncClient, application: ActorsApplication, guarded: Platform
) -> None:
    await ask(http, LIST, WRONG, GUESSES)
    assert await ask(http, LIST, RIGHT) == [429], "else each guess would still be tried"
    transport: Any = httpx.ASGITransport(application, client=("192.0.2.7", 9))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as elsewhere:
        assert await ask(elsewhere, LIST, RIGHT) == [200]


async def test_who_shows_no_token_guesses_nothing(http: httpx.AsyncClient, guarded: Platform) -> None:
    assert set(await ask(http, LIST, {}, GUESSES + 2)) == {403}
    assert len(guesses_of(guarded)) == 0


async def test_the_inspector_counts_the_tokens_of_its_actors(inspector: Inspect, guarded: Platform) -> None:
    client = await inspector_of(inspector, guarded)
    url = f"/gateway/{client.actor_id}/inspector/state"
    assert await ask(client.http, url, WRONG, GUESSES + 1) == [401] * GUESSES + [429]
    refused = await client.ask("GET", "/state")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, str(PAUSE))
    socket = Socket(
        ActorsApplication(ASGIHandler()),
        f"/gateway/{client.actor_id}/inspector/connect",
        ["rivet", f"rivet_inspector_token.{client.token}"],
    )
    await socket.open()
    code, reason = await socket.expect_close()
    name = reason.partition("#")[0]
    told = refused.json()
    http = f"{refused.status_code} `{told['group']}.{told['code']}`"
    holds("Wrong tokens", http=http, socket=f"close {code} `{name}`")


async def inspector_of(inspector: Inspect, platform: Platform) -> Inspector:
    """Of an actor that was made while the doors stood open."""
    token, platform.config = platform.config.token, replace(platform.config, token=None)
    made = await inspector()
    platform.config = replace(platform.config, token=token)
    return made


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        (("192.0.2.7", 9), None, "192.0.2.7"),
        (("192.0.2.7", 9), "198.51.100.1", "192.0.2.7"),
        (("127.0.0.1", 9), "198.51.100.1", "198.51.100.1"),
        (("127.0.0.1", 9), "203.0.113.5, 198.51.100.1", "198.51.100.1"),
        (("127.0.0.1", 9), None, "127.0.0.1"),
        (None, "198.51.100.1", "198.51.100.1"),
        (None, None, ""),
        (("", 0), "x" * 1000, "x" * 64),
        (("2001:db8:1:2:3:4:5:6", 9), None, "2001:db8:1:2::"),
        (("::ffff:192.0.2.7", 9), None, "::ffff:192.0.2.7"),
        (("::1", 9), "2001:db8:1:2:9:9:9:9", "2001:db8:1:2::"),
    ],
)
def test_whose_guess_it_is(client: Any, forwarded: str | None, address: str) -> None:
    """A client can write any `X-Forwarded-For`: a proxy on this machine is believed, its last word."""
    headers = {} if forwarded is None else {b"x-forwarded-for": forwarded.encode()}
    assert address_of({"client": client}, headers) == address


def test_only_so_many_addresses_are_remembered(clock: TurnedClock) -> None:
    guesses = Guesses(clock)
    for _ in range(GUESSES):
        guesses.count("first")
    for number in range(MOST_ADDRESSES):
        guesses.count(str(number))
    assert len(guesses) == MOST_ADDRESSES
    guesses.check("first")
