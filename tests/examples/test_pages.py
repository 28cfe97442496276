"""Which page stands at which address, as Django's test client sees it."""

from __future__ import annotations

import inspect

import pytest
from django.test import Client

from examples.counter.actors import Counter


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("/counter/", "main"),
        ("/counter/tea-time/", "tea-time"),
        ("/chat/", "lobby"),
        ("/chat/tea/", "tea"),
        ("/cursors/", "lobby"),
        ("/game/", "main"),
        ("/document/tea/", "tea"),
        ("/webhooks/", "main"),
        ("/orders/tea/", "tea"),
        ("/reminders/", "main"),
        ("/limiter/", "main"),
    ],
)
def test_the_address_names_the_actor(client: Client, address: str, key: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert f'="{key}"' in answer.content.decode()


@pytest.mark.parametrize("address", ["/counter/no spaces/", "/chat/../../etc/", "/chat/<script>/"])
def test_other_addresses_are_no_page(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("wanted", "address"), [("Tea time!", "/chat/tea-time/"), ("x" * 99, f"/chat/{'x' * 60}/")]
)
def test_the_form_leads_to_a_room(client: Client, wanted: str, address: str) -> None:
    answer = client.get("/chat/", {"room": wanted})
    assert (answer.status_code, answer.headers["location"]) == (302, address)


def test_a_room_without_letters_is_the_lobby(client: Client) -> None:
    assert 'data-room="lobby"' in client.get("/chat/", {"room": "!?"}).content.decode()


def test_home_shows_the_source_that_runs(client: Client) -> None:
    answer = client.get("/")
    assert inspect.getsource(Counter).strip() == answer.context["source"]
    assert "class Counter(Actor):" in answer.content.decode()
