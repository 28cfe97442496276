"""Rows with one key each, over views: Django's admin shows no table whose primary key has several parts.

The key is the parts with dots between them. It is stored nowhere and costs no writer anything: whatever asks
for it compares the parts, which have the index. Read by the admin only.
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


class QueuedMessage(models.Model):
    """See `Message`."""

    reference = Reference(parts=("actor_id", "id"), numbers=("id",), verbose_name="reference")
    actor = models.ForeignKey(
        "actors.Actor", models.DO_NOTHING, db_constraint=False, related_name="+", verbose_name="actor"
    )
    id = models.BigIntegerField("id")
    name = models.TextField("queue")
    body = models.BinaryField("body")
    created_at = models.BigIntegerField("sent (ms)")
    available_at = models.BigIntegerField("not before (ms)")
    priority = models.BigIntegerField("priority")
    attempts = models.BigIntegerField("attempts")
    dedupe = models.TextField("dedupe key", null=True)  # noqa: DJ001
    died_at = models.BigIntegerField("given up (ms)", null=True)
    error = models.TextField("last error", null=True)  # noqa: DJ001

    class Meta:
        managed = False
        default_permissions = ()
        db_table = "actors_message_by_reference"
        verbose_name = "queue message"
        verbose_name_plural = "queue messages"

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class GivenUp(QueuedMessage):
    """A dead letter: a message that was given up."""

    class Meta:  # pyright: ignore[reportIncompatibleVariableOverride]
        proxy = True
        default_permissions = ()
        verbose_name = "dead letter"
        verbose_name_plural = "dead letters"


class PlannedRun(models.Model):
    """See `Schedule`."""

    reference = Reference(parts=("actor_id", "id"), numbers=("id",), verbose_name="reference")
    actor = models.ForeignKey(
        "actors.Actor", models.DO_NOTHING, db_constraint=False, related_name="+", verbose_name="actor"
    )
    id = models.BigIntegerField("id")
    kind = models.TextField("kind")
    name = models.TextField("name", null=True)  # noqa: DJ001
    action = models.TextField("action")
    args = models.BinaryField("arguments")
    rules = models.JSONField("rules")
    created_at = models.BigIntegerField("made (ms)")
    due_at = models.BigIntegerField("next due (ms)", null=True)
    last_run_at = models.BigIntegerField("last run (ms)", null=True)
    runs = models.BigIntegerField("runs")
    orphaned_at = models.BigIntegerField("without its action since (ms)", null=True)

    class Meta:
        managed = False
        default_permissions = ()
        db_table = "actors_schedule_by_reference"
        verbose_name = "schedule"
        verbose_name_plural = "schedules"

    def __str__(self) -> str:
        return self.name or f"{self.action} {self.id}"


class WaitingConn(models.Model):
    """See `HibernatingConn`."""

    reference = Reference(
        parts=("actor_id", "generation", "id"), numbers=("generation",), verbose_name="reference"
    )
    actor = models.ForeignKey(
        "actors.Actor", models.DO_NOTHING, db_constraint=False, related_name="+", verbose_name="actor"
    )
    generation = models.BigIntegerField("generation")
    id = models.TextField("id")

    class Meta:
        managed = False
        default_permissions = ()
        db_table = "actors_conn_by_reference"
        verbose_name = "hibernating connection"
        verbose_name_plural = "hibernating connections"

    def __str__(self) -> str:
        return self.id
