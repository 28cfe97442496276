"""Actors by a text in their key, as an expression for queries of the ORM. For admin and inspector.

A slash separates parts of a key or stands, escaped, in one: both are meant.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q


def begins_with(text: str) -> Q:
    """Keys that begin so: by an index."""
    return _either("key__startswith", text)


def contains(text: str) -> Q:
    """Keys with the text anywhere, in upper or lower case: each row is looked at."""
    return _either("key__icontains", text)


def stored_forms(text: str) -> list[str]:
    """How such a text may stand in a key that is stored, each once."""
    return list(dict.fromkeys((text, text.replace("/", "\\/"))))


def _either(lookup: str, text: str) -> Q:
    return reduce(or_, (Q((lookup, form)) for form in stored_forms(text)))
