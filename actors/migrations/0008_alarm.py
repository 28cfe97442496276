"""Alarms: when which sleeping actor must be woken. `wake_at` is what the platform asks for, by its index."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0007_queue_rows")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "actor_id", "source", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("source", models.TextField(db_collation="C", verbose_name="source")),
                ("due_at", models.BigIntegerField(verbose_name="due (ms)")),
                ("wake_at", models.BigIntegerField(verbose_name="to be looked at (ms)")),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="alarms",
                        to="actors.actor",
                        verbose_name="actor",
                    ),
                ),
            ],
            options={
                "verbose_name": "alarm",
                "verbose_name_plural": "alarms",
                "db_table": "actors_alarm",
                "indexes": [models.Index(fields=["wake_at"], name="actors_alarm_wake")],
            },
        ),
    ]
