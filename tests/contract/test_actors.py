"""Making, finding, listing and ending actors."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from actors.errors import ActorError
from actors.storage.store import (
    ActorQuery,
    ActorRecord,
    Claimed,
    ClaimRequest,
    Missing,
    NewActor,
    Release,
    StateWrite,
    Store,
)

LOBBY = NewActor("id-lobby", "chatRoom", "lobby", b"input", "restart", created_at=1000)
UNSTORABLE = ["a\0b", "\ud800", "x\udfff"]


async def test_create_returns_the_record_as_given(store: Store) -> None:
    record = await store.create(LOBBY)
    assert record == ActorRecord("id-lobby", "chatRoom", "lobby", "restart", created_at=1000)
    assert await store.find("chatRoom", "lobby") == record
    assert await store.get(["id-lobby", "unknown"]) == [record]


async def test_create_of_a_taken_key_names_the_holder(store: Store) -> None:
    await store.create(LOBBY)
    with pytest.raises(ActorError) as caught:
        await store.create(replace(LOBBY, actor_id="id-other"))
    assert caught.value.name == "actor.duplicate_key"
    assert caught.value.metadata == {"key": "lobby", "existing_actor_id": "id-lobby"}
    assert await store.get(["id-other"]) == []


async def test_a_retried_create_is_recognised_by_its_id(store: Store) -> None:
    assert await store.create(LOBBY) == await store.create(LOBBY)
    assert await store.get_or_create(LOBBY) == (await store.find("chatRoom", "lobby"), True)


async def test_get_or_create_makes_once(store: Store) -> None:
    made, created = await store.get_or_create(LOBBY)
    found, again = await store.get_or_create(replace(LOBBY, actor_id="id-other"))
    assert (created, again) == (True, False)
    assert found == made


async def test_fifty_concurrent_get_or_create_make_one_row(store: Store) -> None:
    news = [replace(LOBBY, actor_id=f"id-{n}") for n in range(50)]
    results = await asyncio.gather(*map(store.get_or_create, news))
    assert len({record.actor_id for record, _ in results}) == 1
    assert sum(created for _, created in results) == 1
    assert len(await store.get([new.actor_id for new in news])) == 1


async def test_same_key_under_another_name_is_another_actor(store: Store) -> None:
    await store.create(LOBBY)
    await store.create(replace(LOBBY, actor_id="id-2", name="counter"))
    assert len(await store.get(["id-lobby", "id-2"])) == 2


async def test_destroy_frees_the_key_and_keeps_the_row(store: Store) -> None:
    await store.create(LOBBY)
    assert await store.destroy("id-lobby", None, 2000)
    assert await store.find("chatRoom", "lobby") is None
    assert [record.destroyed_at for record in await store.get(["id-lobby"])] == [2000]
    assert await store.revisions(["id-lobby"]) == {}
    again, created = await store.get_or_create(replace(LOBBY, actor_id="id-next"))
    assert (again.actor_id, created) == ("id-next", True)


async def test_destroy_happens_once(store: Store) -> None:
    await store.create(LOBBY)
    assert await store.destroy("id-lobby", None, 2000)
    assert not await store.destroy("id-lobby", None, 3000)
    assert not await store.destroy("unknown", None, 3000)
    assert [record.destroyed_at for record in await store.get(["id-lobby"])] == [2000]


async def test_an_id_is_never_used_twice(store: Store) -> None:
    await store.create(LOBBY)
    await store.destroy("id-lobby", None, 2000)
    with pytest.raises(ActorError, match="destroyed_during_creation"):
        await store.create(LOBBY)
    assert await store.claim("alpha", [ClaimRequest(new=LOBBY)]) == [Missing()]


async def test_list_is_newest_first_and_pages_by_time(store: Store) -> None:
    for n in range(5):
        await store.create(NewActor(f"id-{n}", "counter", str(n), created_at=1000 + n))
    await store.create(replace(LOBBY, created_at=5000))
    first = await store.list(ActorQuery(names=["counter"], limit=2))
    assert [record.key for record in first] == ["4", "3"]
    rest = await store.list(ActorQuery(names=["counter"], before=first[-1].created_at))
    assert [record.key for record in rest] == ["2", "1", "0"]
    everything = await store.list(ActorQuery())
    assert [record.created_at for record in everything] == [5000, 1004, 1003, 1002, 1001, 1000]


async def test_list_merges_names_and_forgives_a_name_given_twice(store: Store) -> None:
    for n, name in enumerate(["a", "b", "c"] * 2):
        await store.create(NewActor(f"id-{n}", name, str(n), created_at=n))
    page = await store.list(ActorQuery(names=["a", "c", "a"], limit=3))
    assert [record.actor_id for record in page] == ["id-5", "id-3", "id-2"]


async def test_list_by_key(store: Store) -> None:
    await store.create(LOBBY)
    await store.create(NewActor("id-2", "counter", "lobby", created_at=1001))
    await store.create(NewActor("id-3", "counter", "other", created_at=1002))
    query = ActorQuery(names=["counter"], key="lobby")
    assert [record.actor_id for record in await store.list(query)] == ["id-2"]
    anywhere = await store.list(ActorQuery(key="lobby"))
    assert [record.actor_id for record in anywhere] == ["id-2", "id-lobby"]


@pytest.mark.parametrize("query", [ActorQuery(), ActorQuery(names=["chatRoom"]), ActorQuery(key="lobby")])
async def test_list_shows_destroyed_actors_only_when_asked(store: Store, query: ActorQuery) -> None:
    await store.create(LOBBY)
    await store.destroy("id-lobby", None, 2000)
    await store.create(replace(LOBBY, actor_id="id-next", created_at=3000))
    assert [record.actor_id for record in await store.list(query)] == ["id-next"]
    whole = await store.list(replace(query, include_destroyed=True))
    assert [record.actor_id for record in whole] == ["id-next", "id-lobby"]


async def test_names_are_distinct_ascending_and_paged(store: Store) -> None:
    for n, name in enumerate(["b", "a", "Z", "é", "a", "c"]):
        await store.create(NewActor(f"id-{n}", name, str(n)))
    await store.destroy("id-0", None, 1)
    assert await store.names(None, 10) == ["Z", "a", "b", "c", "é"]
    assert await store.names(None, 2) == ["Z", "a"]
    assert await store.names("a", 2) == ["b", "c"]
    assert await store.names("é", 2) == []


@pytest.mark.parametrize("text", UNSTORABLE)
async def test_text_that_cannot_be_stored_is_a_structured_error(store: Store, text: str) -> None:
    calls = [
        store.create(replace(LOBBY, key=text)),
        store.get_or_create(replace(LOBBY, name=text)),
        store.find("chatRoom", text),
        store.get([text]),
        store.list(ActorQuery(names=[text])),
        store.list(ActorQuery(key=text)),
        store.names(text, 1),
        store.locate(text),
        store.destroy(text, None, 1),
    ]
    failures = await asyncio.gather(*calls, return_exceptions=True)
    names = [getattr(failure, "name", failure) for failure in failures]
    assert names == ["actor.invalid_request"] * len(calls)


@pytest.mark.parametrize("key", ["", " ", "é/ü", "a'b\"c\\", "%_", "🚀" * 100, "x" * 1024])
async def test_odd_keys_are_kept_as_they_are(store: Store, key: str) -> None:
    await store.create(replace(LOBBY, key=key))
    found = await store.find("chatRoom", key)
    assert found is not None
    assert found.key == key


async def test_an_error_report_is_stored_whatever_it_holds(alpha: Store) -> None:
    (claimed,) = await alpha.claim("alpha", [ClaimRequest(new=LOBBY)])
    assert isinstance(claimed, Claimed)
    report = {"message": "a\0b\ud800c", "nested": [float("nan"), {"\0": 1}], "deep": object}
    assert await alpha.release([Release("id-lobby", 1, 5, report)]) == {"id-lobby"}
    (record,) = await alpha.get(["id-lobby"])
    assert record.error is not None
    assert record.error["message"] == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"
    assert record.error["nested"] == ["nan", {"\N{REPLACEMENT CHARACTER}": 1}]


async def test_empty_calls_are_harmless(store: Store) -> None:
    assert await store.get([]) == []
    assert await store.claim("alpha", []) == []
    assert await store.commit([]) == frozenset()
    assert await store.revisions([]) == {}
    assert await store.release([]) == frozenset()
    assert await store.commit([StateWrite("unknown", 1, 1, b"")]) == frozenset()
