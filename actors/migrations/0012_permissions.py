"""One set of permissions: the four that Django makes for the model Actor open everything."""

from typing import Any

from django.db import migrations

OWNERS = ("actors", "inspector")
OTHERS = {
    "actorstate": ("actor state", "actor states"),
    "alarm": ("alarm", "alarms"),
    "hibernatingconn": ("hibernating connection", "hibernating connections"),
    "kventry": ("KV entry", "KV entries"),
    "message": ("message", "messages"),
    "node": ("node", "nodes"),
    "queue": ("queue", "queues"),
    "run": ("run of a schedule", "runs of schedules"),
    "schedule": ("schedule", "schedules"),
    "scheduler": ("scheduler", "schedulers"),
}


def forget_others(apps: Any, schema_editor: Any) -> None:
    """Permissions that open nothing any more are offered to nobody."""
    known = apps.get_model("auth", "Permission").objects.filter(content_type__app_label__in=OWNERS)
    known.exclude(content_type__model="actor").delete()


class Migration(migrations.Migration):
    dependencies = [("actors", "0011_failed"), ("auth", "0001_initial")]

    operations = [
        *(
            migrations.AlterModelOptions(
                name=name,
                options={"default_permissions": (), "verbose_name": one, "verbose_name_plural": many},
            )
            for name, (one, many) in OTHERS.items()
        ),
        migrations.RunPython(forget_others, migrations.RunPython.noop),
    ]
