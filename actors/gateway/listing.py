"""The reading half of the management API: actors newest first, actors by id, names. Never wakes anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from actors.errors import error
from actors.gateway.api_shapes import ActorPage, NamePage
from actors.gateway.records import ApiRequest, actor_json, number, one
from actors.protocol.ids import is_actor_id
from actors.protocol.keys import parse_key, serialize_key
from actors.storage.store import ActorQuery, ActorRecord, Store

PAGE: Final = 100
LARGEST_PAGE: Final = 1000
MAX_IDS: Final = 32

LIST_FIELDS: Final = ("name", "key", "actor_ids", "actor_id", "include_destroyed", "limit", "cursor")


async def list_actors(request: ApiRequest) -> ActorPage:
    """`GET /actors`: by ids (destroyed ones too), or by name and perhaps key, in pages.

    The cursor is the creation time of the last actor of the page, also on the last page.
    """
    pairs = request.query(*LIST_FIELDS)
    store = await request.platform.store()
    actor_ids = _asked_ids(pairs)
    name, key = one(pairs, "name"), one(pairs, "key")
    if actor_ids:
        records = await _by_ids(store, actor_ids, name, key)
    else:
        records = await store.list(_query(pairs, name, key))
    cursor = str(records[-1].created_at) if records else None
    listed = [actor_json(record, request.platform.config) for record in records]
    return {"actors": listed, "pagination": {"cursor": cursor}}


async def list_names(request: ApiRequest) -> NamePage:
    """`GET /actors/names`: names with actors, and names of classes that have none yet, ascending."""
    pairs = request.query("limit", "cursor")
    limit, after = _limit(pairs), one(pairs, "cursor")
    store = await request.platform.store()
    stored = await store.names(after, limit) if limit else []
    declared = [name for name in request.platform.registry.names() if after is None or name > after]
    page = sorted({*stored, *declared})[:limit]
    names: dict[str, Any] = {name: {"metadata": {}} for name in page}
    return {"names": names, "pagination": {"cursor": page[-1] if page else None}}


def _asked_ids(pairs: list[tuple[str, str]]) -> list[str]:
    """The well-formed ids of `actor_id` (repeated) and `actor_ids` (a comma list); the others are dropped."""
    texts = [value for name, value in pairs if name == "actor_id"]
    texts += [text for name, value in pairs if name == "actor_ids" for text in value.split(",")]
    if len(texts) > MAX_IDS:
        raise error("validation.too_many_actor_ids", max=MAX_IDS, count=len(texts))
    return [text for text in texts if is_actor_id(text)]


async def _by_ids(
    store: Store, actor_ids: Sequence[str], name: str | None, key: str | None
) -> list[ActorRecord]:
    """A name beside ids is a filter: RivetKit's Rust client sends it. A key beside ids makes no sense."""
    if key is not None:
        message = "Cannot provide both actor_id and (name + key). Use either actor_id or (name + key)."
        raise error("validation.invalid_input", message=message)
    records = [record for record in await store.get(actor_ids) if name in (None, record.name)]
    return sorted(records, key=lambda record: record.created_at, reverse=True)


def _query(pairs: list[tuple[str, str]], name: str | None, key: str | None) -> ActorQuery:
    if name is None:
        what = "not using actor_ids." if key is None else "key is provided."
        raise error("validation.invalid_input", message=f"Name is required when {what}")
    return ActorQuery(
        names=name.split(","),
        key=None if key is None else serialize_key(parse_key(key)),
        include_destroyed=one(pairs, "include_destroyed") == "true",
        before=number(pairs, "cursor"),
        limit=_limit(pairs),
    )


def _limit(pairs: list[tuple[str, str]]) -> int:
    asked = number(pairs, "limit")
    return PAGE if asked is None else min(asked, LARGEST_PAGE)
