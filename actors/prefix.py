"""Actors by the beginning of their key, as an expression for queries of the ORM. For admin and inspector."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q


def beginnings(text: str) -> list[str]:
    """How such a key is stored: a slash separates parts of a key or stands, escaped, in one."""
    return list(dict.fromkeys((text, text.replace("/", "\\/"))))


def begins_with(text: str) -> Q:
    """Keys that begin so."""
    return reduce(or_, (Q(key__startswith=start) for start in beginnings(text)))
