"""The tables of queues. Their only indexes are the primary keys, by actor first."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0005_kv")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Queue",
            fields=[
                (
                    "actor",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="queue",
                        serialize=False,
                        to="actors.actor",
                        verbose_name="actor",
                    ),
                ),
                ("generation", models.BigIntegerField(verbose_name="generation")),
                ("last_id", models.BigIntegerField(db_default=0, verbose_name="last message id")),
            ],
            options={
                "verbose_name": "queue",
                "verbose_name_plural": "queues",
                "db_table": "actors_queue",
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "actor_id", "id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("id", models.BigIntegerField(verbose_name="id")),
                ("name", models.TextField(db_collation="C", verbose_name="queue")),
                ("body", models.BinaryField(verbose_name="body")),
                ("created_at", models.BigIntegerField(verbose_name="sent (ms)")),
                ("available_at", models.BigIntegerField(verbose_name="not before (ms)")),
                ("priority", models.BigIntegerField(db_default=0, verbose_name="priority")),
                ("attempts", models.BigIntegerField(db_default=0, verbose_name="attempts")),
                ("dedupe", models.TextField(null=True, verbose_name="dedupe key")),
                ("died_at", models.BigIntegerField(null=True, verbose_name="given up (ms)")),
                ("error", models.TextField(null=True, verbose_name="last error")),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="messages",
                        to="actors.actor",
                        verbose_name="actor",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "db_table": "actors_message",
            },
        ),
    ]
