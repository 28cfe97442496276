"""The call chain between nodes: sealed it is believed and passed on, from outside it is neither."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence

import httpx
import pytest

from actors.gateway.chains import chain_headers, passed_on
from actors.gateway.forward import Call
from actors.gateway.internal import CHAIN, Seal
from actors.gateway.platform import Platform
from actors.protocol import cbor
from actors.runtime.calls import Caller, chain_now, current
from actors.runtime.chain import LABEL, LONGEST, Link, new_link
from actors.runtime.identity import Identity
from tests.gateway.test_passed_on import ID, ask, name_of, other, owner_answers  # noqa: F401 - a fixture

Query = Callable[..., str]

LINKS = (Link("a" * 30, 1, 7, "room[größe].move"), Link("b" * 30, 2, 9, "desk[1].check"))


def header(chain: Sequence[Link]) -> dict[bytes, bytes]:
    """As code at the end of `chain` would send it along."""
    token = current.set(Caller(None, tuple(chain)))
    try:
        return dict(chain_headers())
    finally:
        current.reset(token)


def test_a_chain_arrives_as_it_was_sent() -> None:
    with passed_on(Seal(1, ""), header(LINKS)):
        assert chain_now() == LINKS
    assert chain_now() == ()


def test_without_a_chain_nothing_is_sent() -> None:
    assert chain_headers() == {}


def test_without_a_seal_nothing_is_believed() -> None:
    with passed_on(None, header(LINKS)):
        assert chain_now() == ()


def test_the_longest_chain_fits_into_a_header() -> None:
    home = Identity("i" * 30, "n" * 64, ("ü" * 128,), "ü" * 128, 2**40)
    (value,) = header([new_link(home, "action") for _ in range(LONGEST)]).values()
    assert len(new_link(home, "action").label) == LABEL
    assert len(value) < 12_000, "Twisted reads 16 KiB of headers in all"


async def test_a_sealed_chain_is_believed(http: httpx.AsyncClient, platform: Platform, query: Query) -> None:
    """No node sends one that is too long; if one did, the call would be refused."""
    chain = b64encode(cbor.encode([list(LINKS[0])] * (LONGEST + 1)))
    call = Call("POST", query("probe", "deep", "/action/get"), {CHAIN: chain}, b"{}")
    response = await ask(http, platform, call)
    assert (response.status_code, name_of(response)) == (409, "actor.call_chain_too_long")


async def test_a_chain_from_outside_is_ignored(http: httpx.AsyncClient, query: Query) -> None:
    response = await http.post(query("probe", "o", "/action/get"), json={}, headers={CHAIN: b"not even CBOR"})
    assert response.json() == {"output": 0}


@pytest.mark.usefixtures("other")
async def test_a_chain_from_outside_is_not_passed_on(http: httpx.AsyncClient, platform: Platform) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"output": 1})

    owner_answers(platform, answer)
    headers = {"x-rivet-token": "t", **{CHAIN.decode(): header(LINKS)[CHAIN].decode()}}
    response = await http.post(f"/gateway/{ID}/action/get", json={}, headers=headers)
    assert response.status_code == 200
    assert CHAIN.decode() not in seen[0].headers


@pytest.mark.usefixtures("other")
async def test_a_chain_under_the_seal_of_another_call_is_refused(
    http: httpx.AsyncClient, platform: Platform, query: Query
) -> None:
    """The seal covers it: without one of its own the call comes from outside, and needs a token here."""
    call = Call("POST", query("probe", "own", "/action/get"), header(LINKS))
    response = await ask(http, platform, call, swapped=header(LINKS[:1]))
    assert (response.status_code, name_of(response)) == (403, "api.forbidden")
