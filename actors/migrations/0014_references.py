"""What the admin lists: rows with one key each, and indexes of what went wrong."""

from typing import Any

from django.db import migrations, models

from actors.reference import Reference

VIEWS = """
CREATE VIEW actors_message_by_reference AS
SELECT actor_id || '.' || id AS reference, actor_id, id, name, body, created_at, available_at, priority, attempts,
    dedupe, died_at, error
FROM actors_message;
CREATE VIEW actors_schedule_by_reference AS
SELECT actor_id || '.' || id AS reference, actor_id, id, kind, name, action, args, rules, created_at, due_at,
    last_run_at, runs, orphaned_at
FROM actors_schedule;
CREATE VIEW actors_conn_by_reference AS
SELECT actor_id || '.' || generation || '.' || id AS reference, actor_id, generation, id
FROM actors_conn;
"""
NO_VIEWS = """
DROP VIEW actors_message_by_reference;
DROP VIEW actors_schedule_by_reference;
DROP VIEW actors_conn_by_reference;
"""
ACTOR_AND_ID = {"parts": ("actor_id", "id"), "numbers": ["id"]}
CONN = {"parts": ("actor_id", "generation", "id"), "numbers": ["generation"]}


def listed(name: str, table: str, one: str, many: str, **reference: Any) -> migrations.CreateModel:
    """Migrations keep no track of the other columns of a view."""
    return migrations.CreateModel(
        name=name,
        fields=[("reference", Reference(verbose_name="reference", serialize=False, **reference))],
        options={
            "managed": False,
            "default_permissions": (),
            "db_table": f"actors_{table}_by_reference",
            "verbose_name": one,
            "verbose_name_plural": many,
        },
    )


class Migration(migrations.Migration):
    dependencies = [("actors", "0013_outbox")]

    operations = [
        migrations.RunSQL(VIEWS, NO_VIEWS),
        listed("QueuedMessage", "message", "queue message", "queue messages", **ACTOR_AND_ID),
        listed("PlannedRun", "schedule", "schedule", "schedules", **ACTOR_AND_ID),
        listed("WaitingConn", "conn", "hibernating connection", "hibernating connections", **CONN),
        migrations.CreateModel(
            name="GivenUp",
            fields=[],
            options={
                "proxy": True,
                "default_permissions": (),
                "verbose_name": "dead letter",
                "verbose_name_plural": "dead letters",
                "indexes": [],
                "constraints": [],
            },
            bases=("actors.queuedmessage",),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                fields=["-died_at", "-actor", "-id"],
                condition=models.Q(("died_at__isnull", False)),
                name="actors_message_dead",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                fields=["actor"], condition=models.Q(("result", "error")), name="actors_run_failed"
            ),
        ),
    ]
