"""The claim statement's arguments and what its rows answer. Used by the Postgres store; no I/O.

The statement answers for each actor once. A request that finds its actor already answered for, or that lost a
race, has no answer yet and is asked again: so two claims of one actor get two generations, as if one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.storage.connect import Row
from actors.storage.store import (
    ActorRecord,
    Claimed,
    ClaimRequest,
    ClaimResult,
    HeldElsewhere,
    Missing,
    NodeRecord,
)


def arguments(requests: Sequence[ClaimRequest], node_id: str) -> dict[str, Any]:
    """One array for each column of the statement's `asked`; every request is by id or by name and key."""
    news = [request.new for request in requests]
    return {
        "node": node_id,
        "ids": [request.actor_id for request in requests],
        "names": [request.name if request.new is None else request.new.name for request in requests],
        "keys": [request.key if request.new is None else request.new.key for request in requests],
        "new_ids": [None if new is None else new.actor_id for new in news],
        "inputs": [None if new is None else new.input for new in news],
        "policies": [None if new is None else new.crash_policy for new in news],
        "created": [None if new is None else new.created_at for new in news],
    }


def answer(requests: Sequence[ClaimRequest], rows: Sequence[Row]) -> list[ClaimResult | None]:
    """An answer for each request, None where it must be asked again."""
    by_id = {row[1]: row for row in rows}
    by_key = {(row[2], row[3]): row for row in rows}
    claimed: set[str] = set()
    answers: list[ClaimResult | None] = []
    for request in requests:
        row = _row_of(request, by_id, by_key)
        if row is None:
            answers.append(Missing() if request.new is None else None)
        elif row[0] is not None:
            answers.append(HeldElsewhere(row[1], NodeRecord(row[6], row[0])))
        elif row[1] in claimed:
            answers.append(None)
        else:
            claimed.add(row[1])
            answers.append(_claimed(request, row))
    return answers


def _row_of(
    request: ClaimRequest, by_id: dict[str, Row], by_key: dict[tuple[str | None, str | None], Row]
) -> Row | None:
    if request.actor_id is not None:
        return by_id.get(request.actor_id)
    if request.new is not None:
        return by_key.get((request.new.name, request.new.key))
    return by_key.get((request.name, request.key))


def _claimed(request: ClaimRequest, row: Row) -> Claimed:
    *record, input_, state, revision, conns, due_at = row[1:]
    created = request.new is not None and request.new.actor_id == row[1]
    return Claimed(ActorRecord(*record), input_, state, revision, created, conns or (), due_at)
