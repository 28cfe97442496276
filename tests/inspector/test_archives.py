"""An actor as a file, and as a second actor: what comes along, what stays behind, and who is in the way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from actors import Actor
from actors.api.registry import registry
from actors.clock import ManualClock
from actors.conf import NodeConfig
from actors.errors import ActorError
from actors.gateway.platform import Platform, current
from actors.storage.archive_file import load
from actors.storage.memory import MemoryDatabase, MemoryStore
from inspector.archives import _clone, _export
from inspector.models import AuditEntry
from tests.contract.test_archives import FULL
from tests.inspector.conftest import LOOK
from tests.inspector.rows import make

ARCHIVE = replace(FULL, name="inspectorTwin")


class Twin(Actor, name="inspectorTwin"):
    """Of whom a second is made."""


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    clock = ManualClock()
    database = MemoryDatabase(clock)
    made = Platform(NodeConfig(), registry, lambda: MemoryStore(database), clock)
    assert await (await made.store()).archives.write(ARCHIVE, 1)
    yield made
    await made.drain()


async def test_the_file_is_what_the_command_writes_and_reads(platform: Platform) -> None:
    assert load(await _export(platform, ARCHIVE.actor_id)) == ARCHIVE
    with pytest.raises(ActorError, match="does not exist"):
        await _export(platform, "nobody")


async def test_a_copy_has_all_but_the_messages_and_is_as_new_as_it_is(platform: Platform) -> None:
    made = await _clone(platform, ARCHIVE.actor_id, "a/copy")
    store = await platform.store()
    copy = replace(ARCHIVE, actor_id=made, key="a/copy", created_at=platform.clock.now_ms(), started_at=None)
    assert await store.archives.read(made) == replace(copy, queue=None)
    assert await store.archives.read(ARCHIVE.actor_id) == ARCHIVE
    assert await store.locate(made) is None, "it sleeps"


async def test_a_key_that_somebody_has_is_refused_with_their_id(platform: Platform) -> None:
    made = await _clone(platform, ARCHIVE.actor_id, "a/copy")
    with pytest.raises(ActorError) as refused:
        await _clone(platform, ARCHIVE.actor_id, "a/copy")
    assert refused.value.name == "actor.duplicate_key"
    assert made in refused.value.message


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "a/ /b", "x" * 129])
def test_a_key_that_is_none_is_refused_before_anything_is_written_down(
    key: str, login: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(1)
    monkeypatch.setattr(current(), "config", replace(current().config, inspector_read_only=False))
    address = reverse("inspector:clone", args=["id-0000001"])
    answer = login(LOOK, "add_actor").post(address, json.dumps({"key": key}), content_type="application/json")
    assert answer.status_code == 400
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_whoever_may_look_and_nothing_else_may_export_and_not_clone(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(1)
    monkeypatch.setattr(current(), "config", replace(current().config, inspector_read_only=False))
    page = viewer.get(reverse("inspector:actor", args=["id-0000001"])).content.decode()
    assert "/do/export" in page
    assert "/do/clone" not in page
