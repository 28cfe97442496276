"""Durable calls: what Django code commits is delivered to its actor, once and in order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("actors", "0012_permissions"),
    ]

    operations = [
        migrations.CreateModel(
            name="OutboxCall",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="id")),
                ("name", models.TextField(db_collation="C", verbose_name="type")),
                ("key", models.TextField(db_collation="C", verbose_name="key")),
                ("kind", models.TextField(verbose_name="kind")),
                ("member", models.TextField(verbose_name="action or queue")),
                ("body", models.BinaryField(verbose_name="body")),
                ("target", models.BinaryField(verbose_name="handle")),
                ("created_at", models.BigIntegerField(verbose_name="stored (ms)")),
                ("next_at", models.BigIntegerField(verbose_name="next attempt (ms)")),
                ("attempts", models.BigIntegerField(db_default=0, verbose_name="failed attempts")),
                ("failed_at", models.BigIntegerField(null=True, verbose_name="given up (ms)")),
                ("error", models.TextField(null=True, verbose_name="last error")),
            ],
            options={
                "verbose_name": "outbox call",
                "verbose_name_plural": "outbox calls",
                "db_table": "actors_outbox",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("failed_at", None)),
                        fields=["name", "key", "id"],
                        name="actors_outbox_order",
                    ),
                    models.Index(
                        condition=models.Q(("failed_at", None)), fields=["next_at"], name="actors_outbox_due"
                    ),
                    models.Index(
                        condition=models.Q(("failed_at", None), _negated=True),
                        fields=["failed_at"],
                        name="actors_outbox_failed",
                    ),
                ],
            },
        ),
    ]
