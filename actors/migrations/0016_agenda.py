"""What the dashboard lists over all actors in the order of time: schedules by when they are due, and failed runs by
when they ended.
"""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0015_paused")]

    operations: ClassVar = [
        migrations.AddIndex(
            model_name="schedule",
            index=models.Index(
                fields=["due_at", "actor", "id"],
                condition=models.Q(
                    ("due_at__isnull", False), ("orphaned_at__isnull", True), ("paused_at__isnull", True)
                ),
                name="actors_schedule_due",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                fields=["-ended_at", "-actor", "-schedule_id", "-number"],
                condition=models.Q(("result", "error")),
                name="actors_run_failed_at",
            ),
        ),
    ]
