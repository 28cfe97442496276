"""Stored values as the admin shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from django.db.models.functions import Length
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime

from actors.errors import ActorError
from actors.models import ActorState

SHOWN_BYTES: Final = 64 * 1024
SHOWN_ERROR: Final = 120
NOTHING: Final = "-"


def moment(milliseconds: int | None) -> str:
    """Stored milliseconds in the site's time zone, to the second."""
    if milliseconds is None:
        return NOTHING
    return date_format(localtime(datetime.fromtimestamp(milliseconds / 1000, UTC)), "Y-m-d H:i:s")


def too_large(size: int) -> str | None:
    return f"{size:,} bytes, too large to show here" if size > SHOWN_BYTES else None


def shortened(text: str) -> str:
    """An error as a list has room for it."""
    return text if len(text) <= SHOWN_ERROR else f"{text[:SHOWN_ERROR]}…"


def as_json(stored: bytes, decode: Any) -> str:
    """Stored bytes as indented JSON, or the reason why they cannot be shown so."""
    try:
        text = msgspec.json.format(msgspec.json.encode(decode(stored)), indent=2).decode()
    except (ActorError, msgspec.MsgspecError, TypeError, ValueError) as exc:
        return f"{len(stored):,} bytes that are no JSON: {exc}"
    return format_html("<pre>{}</pre>", text)


def inspector_link(actor_id: str, tab: str = "actor") -> str:
    """The way to the dashboard, where the project has one."""
    try:
        url = reverse(f"inspector:{tab}", args=[actor_id])
    except NoReverseMatch:
        return NOTHING
    return format_html('<a href="{}">Open in inspector</a>', url)


def shown_state(actor_id: str) -> str:
    """As last committed; an awake actor may be ahead of it only by what nobody has been told yet."""
    rows = ActorState.objects.filter(pk=actor_id, state__isnull=False)
    size = rows.values_list(Length("state"), flat=True).first()
    if size is None:
        return NOTHING
    stored = rows.values_list("state", flat=True).first() if size <= SHOWN_BYTES else b""
    return too_large(size) or as_json(bytes(stored or b""), msgspec.msgpack.decode)
