"""A state that its class cannot read is replaced in storage, by one that fits, over what was seen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

import msgspec
import pytest
from django.test import Client
from django.urls import reverse

from actors import Actor
from actors.api.registry import registry
from actors.clock import ManualClock
from actors.conf import NodeConfig
from actors.errors import ActorError
from actors.gateway.platform import Platform
from actors.models import ActorState
from actors.storage.memory import MemoryDatabase, MemoryStore
from actors.storage.store import HoldChange, Release, StateWrite
from inspector import reach
from inspector.mending import PATIENCE, PAUSE, UNREADABLE, _mend
from tests.contract.test_archives import FULL
from tests.inspector.conftest import LOOK, OPERATE
from tests.inspector.rows import make


@dataclass
class Shelf:
    cups: int = 0


class Torn(Actor, name="inspectorTorn"):
    """Whose state was text in an earlier version."""

    state: Shelf


TORN = replace(FULL, name="inspectorTorn", state=msgspec.msgpack.encode({"cups": "many"}))


class Unhurried(MemoryStore):
    """As one behind a network: a failed start is told to its callers before the directory knows of it."""

    def __init__(self, database: MemoryDatabase, clock: ManualClock) -> None:
        super().__init__(database)
        self._clock = clock

    async def release(self, releases: Sequence[Release]) -> frozenset[str]:
        await self._clock.sleep(0.3)
        return await super().release(releases)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def platform(clock: ManualClock) -> AsyncIterator[Platform]:
    database = MemoryDatabase(clock)
    made = Platform(NodeConfig(), registry, lambda: Unhurried(database, clock), clock)
    assert await (await made.store()).archives.write(TORN, 1)
    yield made
    ending = clock.spawn(made.drain(), name="drain")
    await clock.advance(1)
    await ending


async def fails(platform: Platform) -> None:
    """It does not start, which is known here before anybody has let go of it."""
    with pytest.raises(ActorError) as failed:
        await reach._wake(platform, TORN.actor_id)
    assert failed.value.name == UNREADABLE
    assert await (await platform.store()).locate(TORN.actor_id) is not None


async def test_all_else_stays_and_the_actor_starts_again(platform: Platform, clock: ManualClock) -> None:
    await fails(platform)
    await clock.advance(1)
    store = await platform.store()
    await store.hold(TORN.actor_id, HoldChange(queues=True), 7)
    await _mend(platform, TORN.actor_id, {"cups": 3}, TORN.revision)
    [record] = await store.get([TORN.actor_id])
    assert record.queues_paused_at == 7
    whole = msgspec.msgpack.encode({"cups": 3})
    assert await store.archives.read(TORN.actor_id) == replace(TORN, state=whole, revision=TORN.revision + 1)
    await reach._wake(platform, TORN.actor_id)
    late = clock.spawn(_mend(platform, TORN.actor_id, {"cups": 4}, TORN.revision + 1), name="mend")
    await clock.advance(PATIENCE + PAUSE)
    with pytest.raises(ActorError) as held:
        await late
    assert held.value.name == "inspector.state_changed"


async def test_an_edit_waits_for_the_start_that_it_has_made_fail(
    platform: Platform, clock: ManualClock
) -> None:
    store = await platform.store()
    for revision in range(TORN.revision, TORN.revision + 5):
        await fails(platform)
        mending = clock.spawn(_mend(platform, TORN.actor_id, {"cups": 3}, revision), name="mend")
        await clock.advance(0.1)
        assert not mending.done()
        await clock.advance(1)
        await mending
        ((generation, stored),) = (await store.revisions([TORN.actor_id])).values()
        assert stored == revision + 1
        await store.commit([StateWrite(TORN.actor_id, generation, stored, TORN.state)])


@pytest.mark.parametrize(
    ("tree", "later", "name"),
    [
        ({"cups": "few"}, 0, "actor.invalid_request"),
        ({"cups": 3, "mugs": 1}, 0, "actor.invalid_request"),
        ({"cups": 3}, 1, "inspector.state_changed"),
    ],
)
async def test_what_does_not_fit_either_or_was_not_seen_changes_nothing(
    platform: Platform, tree: object, later: int, name: str
) -> None:
    with pytest.raises(ActorError) as refused:
        await _mend(platform, TORN.actor_id, tree, TORN.revision + later)
    assert refused.value.name == name
    assert await (await platform.store()).archives.read(TORN.actor_id) == TORN


@pytest.mark.django_db
def test_the_page_says_that_the_state_is_why_the_actor_does_not_start(viewer: Client) -> None:
    unread = {"group": "protocol", "code": "invalid_persisted_data", "message": "m"}
    for number, told, state, expected in (
        (1, unread, {"cups": "many"}, True),
        (2, unread, {"cups": 3}, False),
        (3, {**unread, "code": "other"}, {"cups": "many"}, False),
        (4, None, {"cups": 3}, False),
    ):
        actor = make(number, name="inspectorTorn", error=told)
        ActorState.objects.create(actor=actor, generation=1, revision=1, state=msgspec.msgpack.encode(state))
        page = viewer.get(reverse("inspector:actor", args=[actor.pk])).content.decode()
        assert ("cannot read this state" in page) == expected, number


@pytest.mark.django_db
@pytest.mark.usefixtures("writable")
@pytest.mark.parametrize(
    ("name", "state", "editable"),
    [
        ("inspectorTorn", b"\xffgarbage", True),
        ("inspectorTorn", b"", True),
        ("inspectorGone", b"\xffgarbage", False),
        ("inspectorTorn", msgspec.msgpack.encode("x" * 300_000), False),
    ],
)
def test_bytes_that_nobody_can_read_are_mended_from_an_empty_text(
    login: Callable[..., Client], name: str, state: bytes, editable: bool
) -> None:
    actor = make(1, name=name)
    ActorState.objects.create(actor=actor, generation=1, revision=1, state=state)
    address = reverse("inspector:actor", args=[actor.pk])
    page = login(LOOK, OPERATE).get(address).content.decode()
    assert ("data-editor" in page) == ("Edit begins with an empty text" in page) == editable
    assert "data-editor" not in login(LOOK).get(address).content.decode()
