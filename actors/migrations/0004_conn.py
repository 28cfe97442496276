"""The table of connections that hibernate. Its one index is the primary key, by actor first."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0003_restart")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="HibernatingConn",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "actor_id",
                        "generation",
                        "id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("generation", models.BigIntegerField(verbose_name="generation")),
                ("id", models.TextField(db_collation="C", verbose_name="id")),
                ("record", models.BinaryField(verbose_name="record")),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="hibernating_conns",
                        to="actors.actor",
                        verbose_name="actor",
                    ),
                ),
            ],
            options={
                "verbose_name": "hibernating connection",
                "verbose_name_plural": "hibernating connections",
                "db_table": "actors_conn",
            },
        ),
    ]
