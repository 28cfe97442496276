"""Schedules that somebody has paused, as the admin lists them too."""

from typing import ClassVar

from django.db import migrations, models

VIEW = """
CREATE OR REPLACE VIEW actors_schedule_by_reference AS
SELECT actor_id || '.' || id AS reference, actor_id, id, kind, name, action, args, rules, created_at, due_at,
    last_run_at, runs, orphaned_at, paused_at
FROM actors_schedule;
"""
VIEW_BEFORE = """
DROP VIEW actors_schedule_by_reference;
CREATE VIEW actors_schedule_by_reference AS
SELECT actor_id || '.' || id AS reference, actor_id, id, kind, name, action, args, rules, created_at, due_at,
    last_run_at, runs, orphaned_at
FROM actors_schedule;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0014_references")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="schedule",
            name="paused_at",
            field=models.BigIntegerField(null=True, verbose_name="paused since (ms)"),
        ),
        migrations.AddIndex(
            model_name="schedule",
            index=models.Index(
                fields=["actor"],
                condition=models.Q(("paused_at__isnull", False)),
                name="actors_schedule_paused",
            ),
        ),
        migrations.RunSQL(VIEW, VIEW_BEFORE),
    ]
