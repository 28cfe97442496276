"""Actors that an operator has paused, whole or their queues, with an index of their own."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0019_gone")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="actor",
            name="paused_at",
            field=models.BigIntegerField(null=True, verbose_name="paused since (ms)"),
        ),
        migrations.AddField(
            model_name="actor",
            name="queues_paused_at",
            field=models.BigIntegerField(null=True, verbose_name="queues paused since (ms)"),
        ),
        migrations.AddIndex(
            model_name="actor",
            index=models.Index(
                condition=models.Q(
                    ("paused_at__isnull", False), ("queues_paused_at__isnull", False), _connector="OR"
                ),
                fields=["-created_at", "-id"],
                name="actors_actor_paused",
            ),
        ),
    ]
