"""How the inspector writes moments, sizes and ids: the same on every page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from actors.protocol.keys import parse_key

register = template.Library()

NOTHING: Final = "–"
_UNITS: Final = ("B", "kB", "MB", "GB")
_LENGTHS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 10))


@register.filter
def moment(value: int | datetime | None) -> str | SafeString:
    """Unix milliseconds, or a datetime, as a `<time>`: exact here, made relative by the page's script."""
    if value is None:
        return NOTHING
    at = datetime.fromtimestamp(value / 1000, UTC) if isinstance(value, int) else value.astimezone(UTC)
    exact = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}">{}</time>', exact, f"{at:%Y-%m-%d %H:%M:%S} UTC")


@register.filter
def weight(size: int | None) -> str:
    """Bytes in the unit that people read."""
    if size is None:
        return NOTHING
    amount = float(size)
    for unit in _UNITS[:-1]:
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} {_UNITS[-1]}"


@register.filter
def parts(key: str) -> SafeString:
    """A stored key as its parts: the slashes between them are softer than those of a part itself."""
    between = mark_safe('<span class="slash">/</span>')
    return format_html_join(between, "{}", ((part or "(empty)",) for part in parse_key(key) or ("(no key)",)))


@register.filter
def lasting(seconds: float | None) -> str:
    """A length of time as people say it."""
    if seconds is None:
        return NOTHING
    for unit, length in _LENGTHS:
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.1f} s"


@register.filter
def thousands(count: int) -> str:
    return f"{count:,}"


@register.filter
def millis(seconds: float | None) -> str:
    """A short time that a machine took."""
    if seconds is None:
        return NOTHING
    if 0 < seconds < 0.0001:
        return "under 0.1 ms"
    return f"{seconds * 1000:.{0 if seconds >= 0.01 else 1}f} ms" if seconds < 1 else f"{seconds:.1f} s"


@register.simple_tag
def sent(**members: Any) -> str:
    """What a button sends, as JSON for `data-body`."""
    return json.dumps(members)


@register.simple_tag(name="json")
def as_json(value: Any) -> str:
    """For a `data-` attribute that a script reads."""
    return json.dumps(value)


@register.filter
def short(value: str | None) -> str:
    """Enough of an id to tell it from others."""
    return (value or NOTHING)[:8]
