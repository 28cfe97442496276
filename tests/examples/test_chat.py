"""The chat room, tested as a project tests its own actors. docs/testing.md quotes from here."""

from __future__ import annotations

import pytest
from django.db import transaction

from actors import ActorError
from actors.testing import ActorNode
from examples.chat.actors import HISTORY, MAX_TEXT, ChatRoom


async def test_everybody_in_a_room_hears_what_is_said(actors: ActorNode) -> None:
    room = ChatRoom.actors.get_or_create("lobby")
    async with ChatRoom.actors.connect("lobby") as conn:
        heard = await actors.listen(conn.events(ChatRoom.new_message))
        message = await room.send_message("  Ada ", " Hello \n")
        assert (message.id, message.sender, message.text) == (1, "Ada", "Hello")
        assert await heard.next() == message


async def test_a_room_sleeps_and_forgets_nothing(actors: ActorNode) -> None:
    room = ChatRoom.actors.get_or_create("lobby")
    await room.send_message("Ada", "Hello")
    await actors.advance(3600)
    assert await actors.status(room) == "asleep"
    assert [message.text for message in await room.get_history()] == ["Hello"]


@pytest.mark.actors(store="both")
async def test_a_message_that_was_answered_survives_a_crash(actors: ActorNode) -> None:
    room = ChatRoom.actors.get_or_create("lobby")
    message = await room.send_message("Ada", "Hello")
    await actors.restart(crash=True)
    assert await room.get_history() == [message]


async def test_a_message_that_cannot_be_stored_is_answered_so(actors: ActorNode) -> None:
    room = ChatRoom.actors.get_or_create("lobby")
    await room.get_history()
    actors.fail_next("commit")
    with pytest.raises(ActorError, match=r"storage\.unavailable"):
        await room.send_message("Ada", "Hello")
    assert await room.get_history() == []


@pytest.mark.django_db(transaction=True)
def test_a_room_is_told_what_django_commits_and_nothing_else(actors: ActorNode) -> None:
    room = ChatRoom.actors.get_or_create("lobby")
    with transaction.atomic():
        room.send_message.on_commit("Shop", "Sold")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        room.send_message.on_commit("Shop", "Never")
        raise ZeroDivisionError
    actors.settle().result()
    assert [message.text for message in room.get_history().result()] == ["Sold"]


@pytest.mark.parametrize(
    ("sender", "text", "code"),
    [
        ("", "Hello", "sender_empty"),
        ("Ada", " \n ", "text_empty"),
        ("A" * 41, "Hello", "sender_too_long"),
        ("Ada", "x" * (MAX_TEXT + 1), "text_too_long"),
    ],
)
async def test_a_room_says_what_is_wrong_with_a_message(
    actors: ActorNode, sender: str, text: str, code: str
) -> None:
    room = ChatRoom.actors.get_or_create("lobby")
    with pytest.raises(ActorError) as refused:
        await room.send_message(sender, text)
    assert refused.value.name == f"user.{code}"
    assert await room.get_history() == []


async def test_a_room_keeps_the_newest_messages_only(actors: ActorNode) -> None:
    room = ChatRoom.actors.get_or_create("lobby")
    for number in range(1, HISTORY + 3):
        await room.send_message("Ada", str(number))
    assert [message.id for message in await room.get_history(HISTORY * 2)] == list(range(3, HISTORY + 3))
    newest = await room.get_history(2)
    assert [message.text for message in newest] == [str(HISTORY + 1), str(HISTORY + 2)]
    assert await room.get_history(0) == []
