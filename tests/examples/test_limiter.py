"""The rate limiter, with its clock turned by hand: what is let through, when, and what is left of it."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import pytest
from django.test import Client

from actors.testing import ActorNode
from examples.limiter.actors import Answer, Tea

BURST, EVERY = Tea.burst, Tea.every

both = pytest.mark.actors(store="both")


@pytest.fixture
def ann(actors: ActorNode) -> Tea:
    return Tea.actors.get_or_create("ann")


@both
async def test_callers_at_once_never_get_more_than_the_burst(ann: Tea) -> None:
    answers = await asyncio.gather(*(ann.take() for _ in range(BURST * 4)))
    assert [answer.allowed for answer in answers] == [True] * BURST + [False] * BURST * 3
    assert [answer.tokens for answer in answers[: BURST + 1]] == [*range(BURST - 1, -1, -1), 0]


@both
async def test_whoever_waits_as_long_as_told_is_let_through_and_no_sooner(
    actors: ActorNode, ann: Tea
) -> None:
    for _ in range(BURST):
        await ann.take()
    await actors.advance(0.5)
    assert await ann.take() == Answer(False, 0.25, EVERY - 0.5)
    await actors.advance(EVERY - 0.501)
    assert not (await ann.take()).allowed
    await actors.advance(0.001)
    assert await ann.take() == Answer(True, 0)
    assert not (await ann.take()).allowed


@both
async def test_who_tries_all_the_time_gets_the_rate(actors: ActorNode, ann: Tea) -> None:
    allowed = 0
    for _ in range(90):
        allowed += sum([(await ann.take()).allowed for _ in range(2)])
        await actors.advance(1)
    assert allowed == BURST + (90 - 1) // EVERY


@both
async def test_a_crash_does_not_fill_the_bucket(actors: ActorNode, ann: Tea) -> None:
    for _ in range(BURST):
        await ann.take()
    await actors.restart(crash=True)
    assert not (await ann.take()).allowed
    await actors.advance(EVERY)
    assert (await ann.take()).allowed


@both
async def test_who_is_quiet_keeps_no_actor_awake_and_has_a_full_bucket(actors: ActorNode, ann: Tea) -> None:
    await ann.take()
    await actors.advance(60)
    assert actors.awake == []
    assert await ann.tokens() == BURST
    assert (await ann.take()).tokens == BURST - 1


async def test_each_caller_has_a_bucket_and_who_watches_hears_of_it(actors: ActorNode, ann: Tea) -> None:
    async with Tea.actors.connect("ann") as page:
        heard = await actors.listen(page.events(Tea.answered))
        for _ in range(BURST + 1):
            await ann.take()
        assert (await Tea.actors.get_or_create("bob").take()).allowed
        assert [answer.allowed for answer in await heard.all()] == [True] * BURST + [False]


def test_an_ordinary_view_answers_429_and_says_when_to_come_back(actors: ActorNode, client: Client) -> None:
    cups = [client.get("/limiter/ann/tea/") for _ in range(BURST)]
    assert {(cup.status_code, cup.content) for cup in cups} == {(HTTPStatus.OK, b"A cup of tea.\n")}
    refused = client.get("/limiter/ann/tea/")
    assert (refused.status_code, refused["retry-after"]) == (HTTPStatus.TOO_MANY_REQUESTS, str(int(EVERY)))
    assert "no-store" in refused["cache-control"]
    assert client.get("/limiter/bob/tea/").status_code == HTTPStatus.OK
    actors.advance(EVERY).result()
    assert client.get("/limiter/ann/tea/").status_code == HTTPStatus.OK
