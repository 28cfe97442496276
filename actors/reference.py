"""Reference: one key for a row whose primary key has several parts, made by a view of them.

It is the parts with dots between them, stored nowhere, so that it costs no writer anything: whatever asks
for it compares the parts, which have the index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models.lookups import Exact, In

LONGEST_NUMBER: Final = 18


class Reference(models.TextField):  # type: ignore[type-arg]  # generic for type checkers only
    """`parts` are the columns behind it; those in `numbers` are whole numbers."""

    def __init__(self, parts: Sequence[str] = (), numbers: Iterable[str] = (), **options: Any) -> None:
        self.parts = tuple(parts)
        self.numbers = frozenset(numbers)
        super().__init__(primary_key=True, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("primary_key")
        return name, path, args, {**options, "parts": self.parts, "numbers": sorted(self.numbers)}

    def split(self, reference: str) -> list[Any] | None:
        """The values of the parts, None for what is no reference."""
        words = reference.split(".", len(self.parts) - 1)
        if len(words) != len(self.parts) or "\0" in reference:
            return None
        values = [
            _number(word) if part in self.numbers else word
            for part, word in zip(self.parts, words, strict=True)
        ]
        return None if None in values else values


def _number(word: str) -> int | None:
    good = word.isascii() and word.isdecimal() and len(word) <= LONGEST_NUMBER
    return int(word) if good else None


class _ByParts:
    """SQL that compares the parts with those of one or more references."""

    lhs: Any
    rhs: Any

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        field, given = self.lhs.target, self.rhs
        wanted = [field.split(str(one)) for one in ([given] if isinstance(given, str) else given)]
        found = [values for values in wanted if values is not None]
        if not found:
            raise EmptyResultSet
        alias, quote = compiler.quote_name_unless_alias(self.lhs.alias), connection.ops.quote_name
        columns = ", ".join(f"{alias}.{quote(part)}" for part in field.parts)
        row = f"({', '.join(['%s'] * len(field.parts))})"
        rows = ", ".join([row] * len(found))
        return f"({columns}) IN ({rows})", [value for values in found for value in values]


@Reference.register_lookup
class _Is(_ByParts, Exact):  # type: ignore[misc]
    pass


@Reference.register_lookup
class _IsAmong(_ByParts, In):  # type: ignore[misc]
    pass
