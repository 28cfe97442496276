"""When a crashed actor is to start again, for those who look."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0002_storage")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="actor",
            name="restart_at",
            field=models.BigIntegerField(null=True, verbose_name="restart at (ms)"),
        ),
    ]
