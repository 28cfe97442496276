"""The connections of an actor that sleeps: what its rows tell, also where one tells nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from django.test import Client
from django.urls import reverse

from actors import Actor, Conn
from actors.gateway.seeing import SHOWN
from actors.models import HibernatingConn
from actors.protocol import cbor, persist
from inspector.hibernating import LARGEST, hibernating
from tests.inspector.conftest import LOOK, OPERATE
from tests.inspector.rows import make

pytestmark = pytest.mark.django_db

VERSION = 4


@dataclass
class Seat:
    row: int
    color: str = "red"


class Hall(Actor, name="inspectorHall"):
    """Each of its visitors has a seat."""

    conn: Conn[Seat]


def rest(actor: Any, conn_id: str, generation: int = 1, **known: Any) -> None:
    """A row as the actor's sleep leaves it."""
    facts: dict[str, Any] = {
        "id": conn_id,
        "parameters": cbor.encode({"name": "ada"}),
        "state": msgspec.msgpack.encode(Seat(4)),
        "subscriptions": [persist.Subscription("said")],
        "gateway_id": b"abcd",
        "request_id": b"efgh",
        "server_message_index": 0,
        "client_message_index": 7,
        "request_path": "/gateway/some-id/connect",
        "request_headers": {"user-agent": "Netscape", "x-secret": "undisclosed"},
    }
    put(actor, conn_id, persist.CONN_RECORD.encode(persist.Conn(**{**facts, **known}), VERSION), generation)


def put(actor: Any, conn_id: str, record: bytes, generation: int = 1) -> None:
    HibernatingConn.objects.create(actor=actor, generation=generation, id=conn_id, record=record)


@pytest.fixture
def hall() -> Any:
    return make(1, name="inspectorHall")


def shown(client: Client, actor: Any) -> str:
    return client.get(reverse("inspector:connections", args=[actor.pk])).content.decode()


def test_a_client_that_hibernates_is_told_of_as_far_as_its_row_knows_it(viewer: Client, hall: Any) -> None:
    rest(hall, "conn-1")
    page = shown(viewer, hall)
    for text in (
        "conn-1 · /connect",
        "Netscape",
        "said",
        "&quot;name&quot;: &quot;ada&quot;",
        "&quot;row&quot;: 4",
    ):
        assert text in page
    for label in ("Since", "Speaks", "Round trip", "Received", "Sent"):
        assert f'data-label="{label}">–' in page
    assert "undisclosed" not in page
    assert "not known here" not in page


def test_the_state_is_read_as_the_class_says_and_as_it_is_stored_where_there_is_none(
    viewer: Client, hall: Any
) -> None:
    rest(hall, "conn-1", state=msgspec.msgpack.encode({"row": 5}))
    assert "&quot;color&quot;: &quot;red&quot;" in shown(viewer, hall)
    stranger = make(2, name="inspectorStranger")
    rest(stranger, "conn-1", state=msgspec.msgpack.encode({"row": 5}))
    page = shown(viewer, stranger)
    assert "&quot;row&quot;: 5" in page
    assert "&quot;color&quot;" not in page
    assert "their class is not known here: states are shown as stored" in page


def test_a_row_that_cannot_be_read_says_so_and_spoils_no_other(viewer: Client, hall: Any) -> None:
    put(hall, "empty", b"")
    put(hall, "old", b"\x01\x00rest")
    rest(hall, "odd-state", state=msgspec.msgpack.encode({"row": "four"}))
    rest(hall, "odd-params", parameters=b"\xff")
    rest(hall, "well")
    put(hall, "large", b"x" * (LARGEST + 1))
    told = {client.id: (client.params, client.state) for client in hibernating(hall)[0]}
    for conn_id in ("empty", "old"):
        assert told[conn_id][0].startswith("no data: protocol.")
        assert told[conn_id][1] == told[conn_id][0]
    assert told["odd-state"][0] == told["well"][0]
    assert told["odd-state"][1].startswith("no data: ") and "Expected `int`" in told["odd-state"][1]
    assert told["odd-params"][0].startswith("no data: protocol.malformed")
    assert told["odd-params"][1] == told["well"][1]
    assert told["large"] == ("no data: 16,385 bytes are too many to show",) * 2
    page = shown(viewer, hall)
    assert "16,385 bytes are too many to show" in page
    assert "<strong data-flash>6</strong> connected" in page


def test_no_token_of_an_address_is_shown(viewer: Client, hall: Any) -> None:
    rest(hall, "conn-1", request_path="/mounted/gateway/some-id@some-token/websocket/room")
    page = shown(viewer, hall)
    assert "conn-1 · /websocket/room" in page
    assert "some-token" not in page


def test_only_the_first_are_read_and_all_are_counted(viewer: Client, hall: Any) -> None:
    for number in range(SHOWN + 3):
        put(hall, f"conn-{number:04}", b"")
    clients, count = hibernating(hall)
    assert (len(clients), clients[-1].id, count) == (SHOWN, f"conn-{SHOWN - 1:04}", SHOWN + 3)
    assert "<strong data-flash>203</strong> connected, the first 200 shown" in shown(viewer, hall)


def test_of_two_generations_the_later_counts(hall: Any) -> None:
    for generation in (1, 2):
        rest(hall, "conn-1", generation, parameters=cbor.encode(generation))
    clients, count = hibernating(hall)
    assert ([client.params for client in clients], count) == (["2"], 1)


@pytest.mark.usefixtures("writable")
def test_whoever_operates_may_edit_the_state_and_send_an_event(login: Any, hall: Any) -> None:
    rest(hall, "conn-1")
    page = shown(login(LOOK, OPERATE), hall)
    assert 'aria-label="Edit the state of conn-1"' in page
    assert 'aria-label="Mute' not in page, "whether it is muted only its node knows"
