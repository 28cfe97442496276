"""The tables of the storage floor: actors, their states, and the nodes that host them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Actor",
            fields=[
                (
                    "id",
                    models.TextField(db_collation="C", primary_key=True, serialize=False, verbose_name="id"),
                ),
                ("name", models.TextField(db_collation="C", verbose_name="type")),
                ("key", models.TextField(db_collation="C", verbose_name="key")),
                ("crash_policy", models.TextField(verbose_name="crash policy")),
                ("input", models.BinaryField(null=True, verbose_name="input")),
                ("generation", models.BigIntegerField(db_default=0, verbose_name="generation")),
                ("node_id", models.TextField(db_collation="C", null=True, verbose_name="node")),
                ("created_at", models.BigIntegerField(verbose_name="created (ms)")),
                ("started_at", models.BigIntegerField(null=True, verbose_name="first started (ms)")),
                ("connectable_at", models.BigIntegerField(null=True, verbose_name="awake since (ms)")),
                ("slept_at", models.BigIntegerField(null=True, verbose_name="asleep since (ms)")),
                ("destroyed_at", models.BigIntegerField(null=True, verbose_name="destroyed (ms)")),
                ("error", models.JSONField(null=True, verbose_name="last error")),
            ],
            options={
                "verbose_name": "actor",
                "verbose_name_plural": "actors",
            },
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                (
                    "id",
                    models.TextField(db_collation="C", primary_key=True, serialize=False, verbose_name="id"),
                ),
                ("address", models.TextField(verbose_name="internal address")),
                ("lock_key", models.BigIntegerField(verbose_name="lock key")),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                ("heartbeat_at", models.DateTimeField(verbose_name="last heartbeat")),
            ],
            options={
                "verbose_name": "node",
                "verbose_name_plural": "nodes",
            },
        ),
        migrations.CreateModel(
            name="ActorState",
            fields=[
                (
                    "actor",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="stored_state",
                        serialize=False,
                        to="actors.actor",
                        verbose_name="actor",
                    ),
                ),
                ("generation", models.BigIntegerField(verbose_name="generation")),
                ("revision", models.BigIntegerField(db_default=0, verbose_name="revision")),
                ("encoding", models.SmallIntegerField(db_default=1, verbose_name="encoding")),
                ("state", models.BinaryField(null=True, verbose_name="state")),
            ],
            options={
                "verbose_name": "actor state",
                "verbose_name_plural": "actor states",
                "db_table": "actors_state",
            },
        ),
        migrations.AddIndex(
            model_name="actor",
            index=models.Index(fields=["-created_at", "-id"], name="actors_actor_newest"),
        ),
        migrations.AddIndex(
            model_name="actor",
            index=models.Index(
                condition=models.Q(("destroyed_at", None)),
                fields=["-name", "-created_at", "-id"],
                name="actors_actor_live_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="actor",
            index=models.Index(
                condition=models.Q(("destroyed_at__isnull", False)),
                fields=["-name", "-created_at", "-id"],
                name="actors_actor_gone_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="actor",
            index=models.Index(fields=["-key", "-created_at", "-id"], name="actors_actor_key"),
        ),
        migrations.AddConstraint(
            model_name="actor",
            constraint=models.UniqueConstraint(
                condition=models.Q(("destroyed_at", None)),
                fields=("name", "key"),
                name="actors_actor_live_key",
            ),
        ),
    ]
