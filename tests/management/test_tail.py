"""`manage.py actors tail`: a line for each change that is stored, and nobody is woken for it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from actors.errors import ActorError
from actors.management.verbs import show, tail
from actors.models import Actor, ActorState
from actors.protocol.ids import new_actor_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> Actor:
    made = Actor.objects.create(
        id=new_actor_id(), name="counter", key="t", crash_policy="sleep", created_at=1
    )
    ActorState.objects.create(actor=made, generation=0, revision=1, state=msgspec.msgpack.encode(5))
    return made


def follow(monkeypatch: pytest.MonkeyPatch, *between: Any, **options: Any) -> None:
    """What is done between two looks stands in for the time that passes."""
    steps = iter(between)
    monkeypatch.setattr(tail, "time", SimpleNamespace(sleep=lambda seconds: next(steps)()))
    tail.handle({"actor": "counter/t", "looks": len(between) + 1, "interval": 1.0, "json": True, **options})


def lines(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, Any]]:
    return [(told["what"], told["value"]) for told in map(json.loads, capsys.readouterr().out.splitlines())]


def test_first_comes_all_that_there_is_and_then_what_changes(
    actor: Actor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def count() -> None:
        ActorState.objects.filter(pk=actor.pk).update(state=msgspec.msgpack.encode(6))

    follow(monkeypatch, count, lambda: None)
    told = lines(capsys)
    assert ("status", "sleeping") in told[:8]
    assert ("state", 5) in told[:8]
    assert told[8:] == [("state", 6)]
    assert Actor.objects.get(pk=actor.pk).generation == 0, "nobody has woken it"


def test_it_ends_with_the_actor(
    actor: Actor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def destroy() -> None:
        Actor.objects.filter(pk=actor.pk).update(destroyed_at=9)

    follow(monkeypatch, destroy, looks=None)
    assert lines(capsys)[-1] == ("status", "destroyed")


def test_people_get_plain_lines(
    actor: Actor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    follow(monkeypatch, json=False)
    first = capsys.readouterr().out.splitlines()[0].split()
    assert first[1:] == ["status", "sleeping"]


def test_a_class_is_followed_at_its_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ActorError, match="actors serve"):
        follow(monkeypatch, actor="counter")
    with pytest.raises(ActorError, match="no class of actors"):
        follow(monkeypatch, actor="countr")


def test_an_actor_that_is_not_there_cannot_be_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ActorError, match="There is no actor"):
        follow(monkeypatch)


def test_bytes_that_cannot_be_read_are_told_as_that(
    actor: Actor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def tear() -> None:
        ActorState.objects.filter(pk=actor.pk).update(state=b"\xffgarbage")

    problem = "8 bytes that cannot be read: "
    follow(monkeypatch, tear)
    assert [(what, str(value)[: len(problem)]) for what, value in lines(capsys)[-2:]] == [
        ("state", "None"),
        ("state_problem", problem),
    ]
    show.handle({"actor": "counter/t", "json": True})
    told = json.loads(capsys.readouterr().out)
    assert told["state"] is None
    assert told["state_problem"].startswith(problem)
    show.handle({"actor": "counter/t", "json": False})
    sheet = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1)[1][: len(problem)] for line in sheet if "state" in line] == [problem]
