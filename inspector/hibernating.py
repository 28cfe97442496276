"""Clients that hibernate, read from the rows that their actor has left when it fell asleep. Wakes nobody.

For the tab of the connections. What no row has is in the memory of the node that has the sockets: it is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

import msgspec
from django.db.models import Case, F, QuerySet, When
from django.db.models.functions import Length

from actors.api.registry import registry
from actors.errors import ActorError
from actors.gateway.seeing import NO_DATA, SHOWN, Client, Origin, asked_of, text_of
from actors.models import HibernatingConn
from actors.protocol import cbor, persist

LARGEST: Final = 16 * 1024
"""Bytes of a row that a page reads."""

Decode: TypeAlias = Callable[[bytes], Any]


def hibernating(actor: Any) -> tuple[list[Client], int]:
    """The first SHOWN clients of the actor, and how many rows there are."""
    rows = HibernatingConn.objects.filter(actor_id=actor.pk)
    # A later generation's row takes the place of an earlier one's, as when the actor wakes.
    clients = {client.id: client for client in _read(rows, _decoder(actor.name))}
    return list(clients.values()), len(clients) if len(clients) < SHOWN else rows.count()


def _decoder(name: str) -> Decode:
    """As the class says. Where this process does not know it, what is stored is shown as it is."""
    return registry.get(name).conn_state.decode if name in registry else msgspec.msgpack.decode


def _read(rows: QuerySet[HibernatingConn], decode: Decode) -> Iterable[Client]:
    short = Case(When(size__lte=LARGEST, then=F("record")))
    found = rows.annotate(size=Length("record"), short=short).order_by("generation", "id")
    for conn_id, size, record in found.values_list("id", "size", "short")[:SHOWN]:
        if record is None:
            yield _unread(conn_id, f"{size:,} bytes are too many to show")
        else:
            yield _client(conn_id, bytes(record), decode)


def _client(conn_id: str, stored: bytes, decode: Decode) -> Client:
    try:
        record, _ = persist.CONN_RECORD.decode(stored)
    except ActorError as unreadable:
        return _unread(conn_id, str(unreadable))
    return _told(
        conn_id,
        origin=Origin("", record.request_headers.get("user-agent", ""), asked_of(record.request_path)),
        params=_shown(cbor.decode, record.parameters),
        state=_shown(decode, record.state),
        events=[wish.event_name for wish in record.subscriptions],
    )


def _unread(conn_id: str, problem: str) -> Client:
    why = f"{NO_DATA}{problem}"
    return _told(conn_id, origin=Origin("", "", ""), params=why, state=why, events=[])


def _told(conn_id: str, **known: Any) -> Client:
    """With None for all that no row has."""
    return Client(
        id=conn_id,
        user=None,
        hibernatable=True,
        encoding=None,
        since=None,
        traffic=None,
        round_trip=None,
        muted=False,
        **known,
    )


def _shown(decode: Decode, stored: bytes) -> str:
    try:
        return text_of(decode(stored))
    except Exception as failure:  # an author's type may fail in any way
        return f"{NO_DATA}{failure}"
