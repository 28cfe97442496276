"""The keys of actors, in the order of their bytes; and an index of those that expire, which holds no other."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

# Room on each page for new row versions: putting a key again then touches no index (a heap-only update).
FILL = "ALTER TABLE actors_kv SET (fillfactor = 85)"
UNFILL = "ALTER TABLE actors_kv RESET (fillfactor)"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0004_conn")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="KvEntry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "actor_id", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.BinaryField(verbose_name="key")),
                ("value", models.BinaryField(verbose_name="value")),
                ("expires_at", models.BigIntegerField(null=True, verbose_name="expires (ms)")),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="kv_entries",
                        to="actors.actor",
                        verbose_name="actor",
                    ),
                ),
            ],
            options={
                "verbose_name": "KV entry",
                "verbose_name_plural": "KV entries",
                "db_table": "actors_kv",
                "indexes": [
                    models.Index(
                        condition=models.Q(("expires_at__isnull", False)),
                        fields=["expires_at"],
                        name="actors_kv_expiry",
                    )
                ],
            },
        ),
        migrations.RunSQL(FILL, UNFILL),
    ]
