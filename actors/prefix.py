"""Actors by the beginning of their key, as an expression for queries of the ORM. For admin and inspector."""

from __future__ import annotations

from django.db.models import Q


def begins_with(text: str) -> Q:
    """Keys that begin so. A slash separates parts of a key or stands, escaped, in one: both are meant."""
    escaped = text.replace("/", "\\/")
    plain = Q(key__startswith=text)
    return plain if escaped == text else plain | Q(key__startswith=escaped)
