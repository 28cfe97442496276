"""What a node says of itself with each heartbeat, for the page of nodes."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0017_traces")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="node",
            name="vitals",
            field=models.JSONField(null=True, verbose_name="how it is"),
        ),
    ]
