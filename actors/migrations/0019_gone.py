"""Destroyed actors, the newest first, have an index of their own."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0018_vitals")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="actor",
            index=models.Index(
                fields=["-created_at", "-id"],
                condition=models.Q(("destroyed_at__isnull", False)),
                name="actors_actor_gone",
            ),
        ),
    ]
