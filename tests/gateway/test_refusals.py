"""Every refusal at every door, in one table; none of them changes anything in the store."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async

from actors.gateway.guessing import GUESSES, guesses_of
from actors.gateway.pipe import MAX_FRAME
from actors.gateway.platform import Platform
from actors.gateway.routes import RAW_BODY
from actors.protocol import cbor
from actors.storage.memory import MemoryDatabase
from tests.gateway import refusing_actors  # noqa: F401 - registers it
from tests.gateway.logins import logged_in
from tests.gateway.refusals import DOORS, TOKEN, Asked, Site, action_frame, as_input

# `*`: told by the actor, or in its conversation; without it, by the door. `-`: no such thing at that door.
# fmt: off
TABLE = """
                              | action                                | queue                                 | raw                                   | connect                                    | websocket                               | api
no token                      | 403 api.forbidden                     | 403 api.forbidden                     | 403 api.forbidden                     | 1008 api.forbidden                         | 1008 api.forbidden                      | 403 api.forbidden
a wrong token                 | 403 api.forbidden                     | 403 api.forbidden                     | 403 api.forbidden                     | 1008 api.forbidden                         | 1008 api.forbidden                      | 403 api.forbidden
a wrong token in the URL      | 403 api.forbidden                     | 403 api.forbidden                     | 403 api.forbidden                     | 1008 api.forbidden                         | 1008 api.forbidden                      | -
a class that is none          | 404 actor.not_registered              | 404 actor.not_registered              | 404 actor.not_registered              | 1011 actor.not_registered                  | 1011 actor.not_registered               | 400 actor.not_registered
a key that is none            | 404 actor.not_found                   | 404 actor.not_found                   | 404 actor.not_found                   | 1011 actor.not_found                       | 1011 actor.not_found                    | -
an id that is none            | 404 actor.not_found                   | 404 actor.not_found                   | 404 actor.not_found                   | 1011 actor.not_found                       | 1011 actor.not_found                    | 400 actor.not_found
no id                         | 404 actor.not_found                   | 404 actor.not_found                   | 404 actor.not_found                   | 1011 actor.not_found                       | 1011 actor.not_found                    | 400 api.bad_request
no actor in the headers       | -                                     | -                                     | 400 guard.missing_header              | -                                          | -                                       | -
another target in the headers | -                                     | -                                     | 404 guard.no_route                    | -                                          | -                                       | -
another namespace             | 400 namespace.not_found               | 400 namespace.not_found               | 400 namespace.not_found               | 1011 namespace.not_found                   | 1011 namespace.not_found                | 400 namespace.not_found
no namespace                  | 400 guard.query_invalid_params        | 400 guard.query_invalid_params        | 400 guard.query_invalid_params        | 1011 guard.query_invalid_params            | 1011 guard.query_invalid_params         | 400 api.bad_request
another pool                  | 400 actor.no_runner_config_configured | 400 actor.no_runner_config_configured | 400 actor.no_runner_config_configured | 1011 actor.no_runner_config_configured     | 1011 actor.no_runner_config_configured  | 400 actor.no_runner_config_configured
no pool                       | 400 guard.query_missing_pool          | 400 guard.query_missing_pool          | 400 guard.query_missing_pool          | 1011 guard.query_missing_pool              | 1011 guard.query_missing_pool           | 400 api.bad_request
an unknown parameter          | 400 guard.query_invalid_params        | 400 guard.query_invalid_params        | 400 guard.query_invalid_params        | 1011 guard.query_invalid_params            | 1011 guard.query_invalid_params         | 400 api.bad_request
a parameter twice             | 400 guard.query_duplicate_param       | 400 guard.query_duplicate_param       | 400 guard.query_duplicate_param       | 1011 guard.query_duplicate_param           | 1011 guard.query_duplicate_param        | -
a key that is too long        | 400 actor.key_too_large               | 400 actor.key_too_large               | 400 actor.key_too_large               | 1011 actor.key_too_large                   | 1011 actor.key_too_large                | 400 actor.key_too_large
an input that is too long     | 400 actor.input_too_large             | 400 actor.input_too_large             | 400 actor.input_too_large             | 1011 actor.input_too_large                 | 1011 actor.input_too_large              | 400 actor.input_too_large
an input that is not base64   | 400 guard.query_invalid_base64_input  | 400 guard.query_invalid_base64_input  | 400 guard.query_invalid_base64_input  | 1011 guard.query_invalid_base64_input      | 1011 guard.query_invalid_base64_input   | 400 api.bad_request
params that are too long      | 400 message.incoming_too_long*        | 400 message.incoming_too_long*        | 400 message.incoming_too_long*        | 1011 guard.websocket_closed_before_open    | 1011 guard.websocket_closed_before_open | -
params that are not JSON      | 400 core.internal_error*              | 400 core.internal_error*              | 400 core.internal_error*              | 1011 guard.websocket_closed_before_open    | 1011 guard.websocket_closed_before_open | -
an actor that refuses         | 500 user.members_only*                | 500 user.members_only*                | 500 user.members_only*                | 1011 user.members_only*                    | 1011 user.members_only*                 | -
an unknown encoding           | -                                     | -                                     | -                                     | 1003 actor.unsupported_websocket_encoding* | -                                       | -
a body that breaks off        | 400 core.internal_error*              | 400 core.internal_error*              | -                                     | 1011 actor.invalid_request*                | -                                       | 400 api.bad_request
a body in another encoding    | 400 core.internal_error*              | 400 core.internal_error*              | -                                     | 1011 actor.invalid_request*                | -                                       | 400 api.bad_request
a body that is too long       | 400 message.incoming_too_long*        | 400 message.incoming_too_long*        | 413 guard.invalid_request_body        | 1011 message.incoming_too_long*            | 1009 message.incoming_too_long*         | 400 actor.input_too_large
an unknown action             | 404 actor.action_not_found*           | -                                     | -                                     | error actor.action_not_found*              | -                                       | -
arguments of another type     | 400 actor.invalid_request*            | 400 queue.invalid_payload*            | -                                     | error actor.invalid_request*               | -                                       | -
too many arguments            | 400 actor.invalid_request*            | -                                     | -                                     | error actor.invalid_request*               | -                                       | -
a time that is none           | -                                     | 400 core.internal_error*              | -                                     | -                                          | -                                       | -
a message that is too large   | -                                     | 400 queue.message_too_large*          | -                                     | -                                          | -                                       | -
a manner that is none         | -                                     | 400 queue.invalid_request*            | -                                     | -                                          | -                                       | -
a sender who may not          | -                                     | 403 auth.forbidden*                   | -                                     | -                                          | -                                       | -
another method                | 405 actor.method_not_allowed*         | 405 actor.method_not_allowed*         | -                                     | -                                          | -                                       | 405
another path                  | 404 actor.not_found*                  | -                                     | -                                     | -                                          | -                                       | 404 api.not_found
a broken escape               | 500 envoy.fetch_failed                | 500 envoy.fetch_failed                | -                                     | -                                          | -                                       | -
the inspector                 | 401 inspector.unauthorized            | -                                     | -                                     | 1008 inspector.unauthorized*               | -                                       | -
an address that guesses       | 429 api.too_many_attempts             | 429 api.too_many_attempts             | 429 api.too_many_attempts             | 1008 api.too_many_attempts                 | 1008 api.too_many_attempts              | 429 api.too_many_attempts
a login on another site       | 403 api.forbidden                     | 403 api.forbidden                     | 403 api.forbidden                     | 1008 api.forbidden                         | 1008 api.forbidden                      | 403 api.forbidden
"""  # noqa: E501
# fmt: on

NOBODY = "tpm899o4hpr4v5nz6us6aaaaaacl00"
LOGIN = "a login on another site"
GUESSER = "an address that guesses"
GOOD = Asked()
ANONYMOUS = replace(GOOD, headers={})
LARGE = as_input("x" * 1000)
NOT_API = DOORS[:-1]


def at(asked: Asked, *doors: str, **instead: Asked) -> dict[str, Asked]:
    """The same at these doors, at all if none is named; `instead` is something like it at others."""
    return {**dict.fromkeys(doors or DOORS, asked), **instead}


def saying(**said: Any) -> dict[str, Asked]:
    """What is sent in place of a good body or message."""
    return {door: replace(GOOD, said=words) for door, words in said.items()}


def without(name: str) -> Asked:
    return replace(GOOD, query=tuple(pair for pair in GOOD.query if pair[0] != name))


def headed(**headers: str) -> Asked:
    """By headers in place of a gateway URL."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(GOOD, whole="/request/page", headers={**GOOD.headers, **named})


def managing(path: str, method: str = "DELETE") -> Asked:
    return replace(GOOD, http_method=method, path=path)


FAULTS: dict[str, dict[str, Asked]] = {
    "no token": at(ANONYMOUS),
    "a wrong token": at(replace(GOOD, headers={"authorization": "Bearer guess"})),
    "a wrong token in the URL": at(ANONYMOUS.asking(token="guess"), *NOT_API),
    "a class that is none": at(replace(GOOD, name="ghost")),
    "a key that is none": at(without("runner").asking(method="get", key="none"), *NOT_API),
    "an id that is none": at(replace(GOOD, target=NOBODY), *NOT_API, api=managing(f"/{NOBODY}")),
    "no id": at(replace(GOOD, target="zzz"), *NOT_API, api=managing("/zzz")),
    "no actor in the headers": {"raw": headed(x_rivet_target="actor")},
    "another target in the headers": {"raw": headed(x_rivet_target="moon")},
    "another namespace": at(GOOD.asking(namespace="other")),
    "no namespace": at(without("namespace")),
    "another pool": at(GOOD.asking(runner="other")),
    "no pool": at(without("runner")),
    "an unknown parameter": at(GOOD.asking(bogus="1"), *NOT_API, api=replace(GOOD, wish={"bogus": 1})),
    "a parameter twice": at(replace(GOOD, query=(*GOOD.query, ("key", "k"))), *NOT_API),
    "a key that is too long": at(GOOD.asking(key="k" * 1025)),
    "an input that is too long": at(
        GOOD.asking(key="new", input=LARGE.rstrip("=")),
        *NOT_API,
        api=replace(GOOD, wish={"key": "new", "input": LARGE}),
    ),
    "an input that is not base64": at(
        GOOD.asking(key="new", input="!"), *NOT_API, api=replace(GOOD, wish={"key": "new", "input": "!"})
    ),
    "params that are too long": at(replace(GOOD, params=f'"{"p" * 4095}"'), *NOT_API),
    "params that are not JSON": at(replace(GOOD, params="{"), *NOT_API),
    "an actor that refuses": at(replace(GOOD, params='"refuse me"'), *NOT_API),
    "an unknown encoding": at(replace(GOOD, encoding="xml"), "connect"),
    "a body that breaks off": saying(action="{", queue="{", connect="{", api="{"),
    "a body in another encoding": saying(
        action=cbor.dump({"args": ["a"]}),
        queue=cbor.dump({"body": "a"}),
        connect=cbor.dump({"body": 1}),
        api=cbor.dump({"name": "tome"}),
    ),
    "a body that is too long": saying(
        action="x" * 65_537,
        queue="x" * 65_537,
        raw=b"x" * (RAW_BODY + 1),
        connect="x" * 65_537,
        websocket="x" * (MAX_FRAME + 1),
        api="x" * 100_000,
    ),
    "an unknown action": {
        "action": replace(GOOD, path="/action/burn"),
        "connect": replace(GOOD, said=action_frame("burn")),
    },
    "arguments of another type": saying(
        action='{"args": [1]}', queue='{"body": 1}', connect=action_frame("write", 1)
    ),
    "too many arguments": saying(action='{"args": ["a", "b"]}', connect=action_frame("write", "a", "b")),
    "a time that is none": saying(queue='{"body": "a", "wait": true, "timeout": -1}'),
    "a message that is too large": saying(queue=json.dumps({"body": "x" * 100})),
    "a manner that is none": saying(queue='{"body": "a", "dedupe": ""}'),
    "a sender who may not": {"queue": replace(GOOD, params='"read only"')},
    "another method": {
        **at(replace(GOOD, http_method="PATCH"), "action", "queue"),
        "api": managing("", "PATCH"),
    },
    "another path": {"action": replace(GOOD, path="/burn"), "api": managing("/burn/it")},
    "a broken escape": {door: replace(GOOD, path=f"/{door}/%zz") for door in ("action", "queue")},
    "the inspector": at(
        replace(GOOD, path="/inspector/connect", headers={"x-rivet-token": TOKEN}), "action", "connect"
    ),
    GUESSER: at(GOOD),
    LOGIN: at(replace(GOOD, headers={"origin": "https://evil.example"})),
}


def expected() -> dict[str, dict[str, str]]:
    lines = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
    return {fault: dict(zip(lines[0][1:], cells, strict=True)) for fault, *cells in lines[1:]}


@pytest.fixture
async def site(platform: Platform, http: httpx.AsyncClient, settings: Any) -> Site:
    """With a token, a small limit for inputs, and one actor that has been written to once."""
    settings.ALLOWED_HOSTS = ["localhost"]
    platform.config = replace(platform.config, token=TOKEN, session_access="authenticated", max_input=1000)
    site = Site(http)
    assert await site.ask("action", GOOD) == "done"
    return site


def stored(database: MemoryDatabase) -> dict[str, Any]:
    actors = {actor_id: (row.record, row.revision, row.state) for actor_id, row in database.rows.items()}
    return {**actors, "messages": {actor_id: len(queue.rows) for actor_id, queue in database.queues.items()}}


async def refused(site: Site, database: MemoryDatabase, fault: str, asked: dict[str, Asked]) -> None:
    before = stored(database)
    seen = {door: await site.ask(door, asked[door]) if door in asked else "-" for door in DOORS}
    assert seen == expected()[fault]
    assert stored(database) == before


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_right_passes(site: Site, database: MemoryDatabase, door: str) -> None:
    """So what is refused below is refused for its one fault. Each door would have left a trace."""
    before = stored(database)
    assert await site.ask(door, GOOD.asking(key="new") if door == "api" else GOOD) == "done"
    assert stored(database) != before


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in (LOGIN, GUESSER)])
async def test_a_refusal_says_what_is_wrong_and_changes_nothing(
    site: Site, database: MemoryDatabase, fault: str
) -> None:
    await refused(site, database, fault, FAULTS[fault])


ONLY_THERE = {
    *("an actor that refuses", "a sender who may not"),
    *("an id that is none", "no id", "a key that is none", "a parameter twice"),
    *("a key that is too long", LOGIN, GUESSER),
}
"""Faults that need the actor or something done before, or are about how it is named."""


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in ONLY_THERE])
async def test_what_is_wrong_makes_no_actor_either(site: Site, database: MemoryDatabase, fault: str) -> None:
    """By the same words, but of no actor."""
    before = stored(database)
    for door in {"action", "queue", "raw"} & set(FAULTS[fault]):
        seen = await site.ask(door, FAULTS[fault][door].asking(key="new"))
        assert seen == expected()[fault][door].rstrip("*")
    assert stored(database) == before


async def test_an_address_that_guesses_is_not_heard(
    site: Site, database: MemoryDatabase, platform: Platform
) -> None:
    """Not even with the right token: else each guess would still be tried."""
    for _ in range(GUESSES):
        guesses_of(platform).count("127.0.0.1")
    await refused(site, database, GUESSER, FAULTS[GUESSER])


@pytest.mark.django_db(transaction=True)
async def test_a_login_counts_on_no_other_site(site: Site, database: MemoryDatabase) -> None:
    cookie = await sync_to_async(logged_in)("ada")
    at_home = {"origin": "http://localhost", "cookie": cookie}
    assert await site.ask("action", replace(GOOD, headers=at_home)) == "done"
    asked = {
        door: replace(spoilt, headers={**spoilt.headers, "cookie": cookie})
        for door, spoilt in FAULTS[LOGIN].items()
    }
    await refused(site, database, LOGIN, asked)


def test_the_table_has_a_row_for_each_fault() -> None:
    assert list(expected()) == list(FAULTS)
