"""Rows with one key each, over views: Django's admin shows no table whose primary key has several parts.

Read by the admin only.
"""

from __future__ import annotations

from django.db import models

from actors.reference import Reference


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
    trace = models.TextField("trace of the last attempt", null=True)  # noqa: DJ001

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
    paused_at = models.BigIntegerField("paused since (ms)", null=True)

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
