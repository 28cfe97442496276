"""The keys of an actor as a tree: one level of it, where each key ends or goes on behind a delimiter.

A level is read child by child along the primary key, in one statement: a folder of a million keys costs what
a key does. What is below a folder is read when somebody opens it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from actors.storage.kv import KvRange

_CHILD: Final = """
    (SELECT CASE WHEN cut > 0 THEN substring(key FOR %(depth)s + cut - 1) || %(by)s ELSE key END AS name,
            cut > 0 AS folder,
            CASE WHEN cut > 0 THEN NULL ELSE value END AS value,
            CASE WHEN cut > 0 THEN NULL ELSE expires_at END AS expires_at,
            CASE WHEN cut > 0 THEN substring(key FOR %(depth)s + cut - 1) || %(beyond)s
                 ELSE key || '\\x00' END AS next
     FROM (SELECT key, value, expires_at, position(%(by)s IN substring(key FROM %(depth)s + 1)) AS cut
           FROM actors_kv WHERE actor_id = %(actor)s AND key >= {start} AND key < %(end)s
           ORDER BY key LIMIT 1) AS first)
"""
_TREE: Final = """
    WITH RECURSIVE child AS ({first} UNION ALL SELECT following.* FROM child, LATERAL {next} AS following)
    SELECT name, folder, value, expires_at FROM child LIMIT %(most)s
"""
_LEVEL: Final = _TREE.format(first=_CHILD.format(start="%(start)s"), next=_CHILD.format(start="child.next"))


@dataclass(frozen=True, slots=True)
class Child:
    """A key, or a folder of all that begin with `name`: that has no value."""

    name: bytes
    folder: bool
    value: bytes
    expires_at: int | None


def level(actor_id: str, prefix: bytes, by: bytes, after: bytes | None, most: int) -> Sequence[Child]:
    """The children of `prefix` behind the child `after`, ascending. `by` is the delimiter, and not empty."""
    span = KvRange.of_prefix(prefix)
    values: dict[str, Any] = {
        "actor": actor_id,
        "start": span.start if after is None else max(span.start, _behind(after, prefix, by)),
        "end": span.end,
        "depth": len(prefix),
        "by": by,
        "beyond": KvRange.of_prefix(by).end,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LEVEL, values)
        return [
            Child(bytes(name), folder, bytes(value or b""), expires_at)
            for name, folder, value, expires_at in cursor.fetchall()
        ]


def _behind(child: bytes, prefix: bytes, by: bytes) -> bytes:
    """Where the first key behind that child may begin."""
    if len(child) > len(prefix) and child.endswith(by):
        return child[: -len(by)] + KvRange.of_prefix(by).end
    return child + b"\0"


def steps(prefix: bytes, by: bytes) -> list[bytes]:
    """The folders that lead to `prefix`, itself included: what stands behind the last delimiter is none."""
    found, parts = [], prefix.split(by)
    for count in range(1, len(parts)):
        found.append(by.join(parts[:count]) + by)
    return found
