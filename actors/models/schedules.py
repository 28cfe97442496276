"""Schedules, their runs, and the alarms that wake sleeping actors."""

from __future__ import annotations

from django.db import models

from actors.models.directory import COLLATION, Actor


class Alarm(models.Model):
    """The earliest time at which an actor must be awake for one source: its queue, or its schedule."""

    pk = models.CompositePrimaryKey("actor_id", "source")
    actor = models.ForeignKey(
        Actor,
        db_constraint=False,
        db_index=False,
        on_delete=models.DO_NOTHING,
        related_name="alarms",
        verbose_name="actor",
    )
    source = models.TextField("source", db_collation=COLLATION)
    due_at = models.BigIntegerField("due (ms)")
    wake_at = models.BigIntegerField("to be looked at (ms)")

    class Meta:
        default_permissions = ()
        db_table = "actors_alarm"
        verbose_name = "alarm"
        verbose_name_plural = "alarms"
        indexes = [models.Index(fields=["wake_at"], name="actors_alarm_wake")]

    def __str__(self) -> str:
        return f"{self.source} at {self.due_at}"


class Scheduler(models.Model):
    """Of an actor that ever scheduled something: which generation may write, and what falls due next."""

    actor = models.OneToOneField(
        Actor,
        primary_key=True,
        db_constraint=False,
        on_delete=models.DO_NOTHING,
        related_name="scheduler",
        verbose_name="actor",
    )
    generation = models.BigIntegerField("generation")
    revision = models.BigIntegerField("revision", db_default=0)
    last_id = models.BigIntegerField("last schedule id", db_default=0)
    due_at = models.BigIntegerField("next due (ms)", null=True)

    class Meta:
        default_permissions = ()
        db_table = "actors_scheduler"
        verbose_name = "scheduler"
        verbose_name_plural = "schedulers"

    def __str__(self) -> str:
        return f"{self.pk} up to schedule {self.last_id}"


class Schedule(models.Model):
    """What an actor is to run, once or time and again. `due_at` is null once a one-shot has fired."""

    pk = models.CompositePrimaryKey("actor_id", "id")
    actor = models.ForeignKey(
        Actor,
        db_constraint=False,
        db_index=False,
        on_delete=models.DO_NOTHING,
        related_name="schedules",
        verbose_name="actor",
    )
    id = models.BigIntegerField("id")
    kind = models.TextField("kind")
    # Null, not "": a one-shot has none.
    name = models.TextField("name", null=True)  # noqa: DJ001
    action = models.TextField("action")
    args = models.BinaryField("arguments")
    rules = models.JSONField("rules")
    created_at = models.BigIntegerField("made (ms)")
    due_at = models.BigIntegerField("next due (ms)", null=True)
    last_run_at = models.BigIntegerField("last run (ms)", null=True)
    runs = models.BigIntegerField("runs", db_default=0)
    orphaned_at = models.BigIntegerField("without its action since (ms)", null=True)
    paused_at = models.BigIntegerField("paused since (ms)", null=True)

    class Meta:
        default_permissions = ()
        verbose_name = "schedule"
        verbose_name_plural = "schedules"
        indexes = [
            models.Index(
                fields=["actor"],
                condition=models.Q(orphaned_at__isnull=False),
                name="actors_schedule_orphaned",
            ),
            models.Index(
                fields=["actor"],
                condition=models.Q(paused_at__isnull=False),
                name="actors_schedule_paused",
            ),
            models.Index(
                fields=["due_at", "actor", "id"],
                condition=models.Q(due_at__isnull=False, paused_at__isnull=True, orphaned_at__isnull=True),
                name="actors_schedule_due",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.action} {self.id}"


class Run(models.Model):
    """What became of one time of a schedule. Open while `ended_at` is null."""

    pk = models.CompositePrimaryKey("actor_id", "schedule_id", "number")
    actor = models.ForeignKey(
        Actor,
        db_constraint=False,
        db_index=False,
        on_delete=models.DO_NOTHING,
        related_name="runs",
        verbose_name="actor",
    )
    schedule_id = models.BigIntegerField("schedule")
    number = models.BigIntegerField("number")
    scheduled_at = models.BigIntegerField("scheduled for (ms)")
    started_at = models.BigIntegerField("started (ms)")
    attempts = models.BigIntegerField("attempts")
    result = models.TextField("result")
    again_at = models.BigIntegerField("again (ms)", null=True)
    ended_at = models.BigIntegerField("ended (ms)", null=True)
    error = models.JSONField("error", null=True)

    class Meta:
        default_permissions = ()
        verbose_name = "run of a schedule"
        verbose_name_plural = "runs of schedules"
        indexes = [
            models.Index(
                fields=["actor"],
                condition=models.Q(ended_at__isnull=True),
                name="actors_run_open",
            ),
            models.Index(
                fields=["actor"],
                condition=models.Q(result="error"),
                name="actors_run_failed",
            ),
            models.Index(
                fields=["-ended_at", "-actor", "-schedule_id", "-number"],
                condition=models.Q(result="error"),
                name="actors_run_failed_at",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.number} of schedule {self.schedule_id}: {self.result}"
