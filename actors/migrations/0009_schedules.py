"""The tables of schedules. Beside the primary keys, by actor first, two indexes that hold next to nothing: the runs
that are open, and the schedules whose action is gone.
"""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("actors", "0008_alarm"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Scheduler",
            fields=[
                (
                    "actor",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="scheduler",
                        serialize=False,
                        to="actors.actor",
                        verbose_name="actor",
                    ),
                ),
                ("generation", models.BigIntegerField(verbose_name="generation")),
                ("revision", models.BigIntegerField(db_default=0, verbose_name="revision")),
                ("last_id", models.BigIntegerField(db_default=0, verbose_name="last schedule id")),
                ("due_at", models.BigIntegerField(null=True, verbose_name="next due (ms)")),
            ],
            options={
                "verbose_name": "scheduler",
                "verbose_name_plural": "schedulers",
                "db_table": "actors_scheduler",
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "actor_id",
                        "schedule_id",
                        "number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("schedule_id", models.BigIntegerField(verbose_name="schedule")),
                ("number", models.BigIntegerField(verbose_name="number")),
                ("scheduled_at", models.BigIntegerField(verbose_name="scheduled for (ms)")),
                ("started_at", models.BigIntegerField(verbose_name="started (ms)")),
                ("attempts", models.BigIntegerField(verbose_name="attempts")),
                ("result", models.TextField(verbose_name="result")),
                ("again_at", models.BigIntegerField(null=True, verbose_name="again (ms)")),
                ("ended_at", models.BigIntegerField(null=True, verbose_name="ended (ms)")),
                ("error", models.JSONField(null=True, verbose_name="error")),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="runs",
                        to="actors.actor",
                        verbose_name="actor",
                    ),
                ),
            ],
            options={
                "verbose_name": "run of a schedule",
                "verbose_name_plural": "runs of schedules",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["actor"],
                        name="actors_run_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "actor_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.BigIntegerField(verbose_name="id")),
                ("kind", models.TextField(verbose_name="kind")),
                ("name", models.TextField(null=True, verbose_name="name")),
                ("action", models.TextField(verbose_name="action")),
                ("args", models.BinaryField(verbose_name="arguments")),
                ("rules", models.JSONField(verbose_name="rules")),
                ("created_at", models.BigIntegerField(verbose_name="made (ms)")),
                ("due_at", models.BigIntegerField(null=True, verbose_name="next due (ms)")),
                ("last_run_at", models.BigIntegerField(null=True, verbose_name="last run (ms)")),
                ("runs", models.BigIntegerField(db_default=0, verbose_name="runs")),
                (
                    "orphaned_at",
                    models.BigIntegerField(null=True, verbose_name="without its action since (ms)"),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="schedules",
                        to="actors.actor",
                        verbose_name="actor",
                    ),
                ),
            ],
            options={
                "verbose_name": "schedule",
                "verbose_name_plural": "schedules",
                "indexes": [
                    models.Index(
                        condition=models.Q(("orphaned_at__isnull", False)),
                        fields=["actor"],
                        name="actors_schedule_orphaned",
                    )
                ],
            },
        ),
    ]
