"""The document: edits that do not overwrite each other, and what each person has missed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from actors import ActorError
from actors.testing import ActorNode
from examples.document.actors import MAX_TEXT, Document


async def test_an_edit_of_an_older_text_is_refused_with_the_newer_one(actors: ActorNode) -> None:
    connect = Document.actors.connect
    async with connect("plan") as ada, connect("plan") as bob:
        for person, name in ((ada, "Ada"), (bob, "Bob")):
            assert (await person.open(name)).missed == 0
        assert await ada.edit("one", 0) == 1
        with pytest.raises(ActorError, match=r"user\.stale") as refused:
            await bob.edit("two", 0)
        assert refused.value.metadata == {"text": "one", "revision": 1}
        assert await bob.edit("one, two", 1) == 2


async def test_who_comes_back_hears_what_they_have_missed(actors: ActorNode) -> None:
    connect = Document.actors.connect
    async with connect("plan") as ada, connect("plan") as bob:
        await ada.open("Ada")
        await bob.open("Bob")
        await bob.edit("one", 0)
        await ada.saw(99)
        await bob.edit("one, two", 1)
        await bob.edit("one, two, three", 2)
    await actors.restart()
    async with connect("plan") as ada:
        view = await ada.open("Ada")
        assert (view.text, view.revision, view.missed) == ("one, two, three", 3, 2)


async def test_a_user_is_known_by_their_own_name(actors: ActorNode) -> None:
    document = actors.as_user(Document.actors.get_or_create("plan"), User(username="grace"))
    async with Document.actors.connect(document) as grace:
        assert (await grace.open("somebody else")).name == "grace"


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda person: person.edit("x", 0), "not_open"),
        (lambda person: person.open(" "), "name_invalid"),
    ],
)
async def test_what_is_refused(actors: ActorNode, call: Any, code: str) -> None:
    async with Document.actors.connect("plan") as person:
        with pytest.raises(ActorError, match=rf"user\.{code}"):
            await call(person)


async def test_a_text_has_a_longest(actors: ActorNode) -> None:
    async with Document.actors.connect("plan") as person:
        await person.open("Ada")
        with pytest.raises(ActorError, match=r"user\.text_too_long"):
            await person.edit("x" * (MAX_TEXT + 1), 0)
