"""Where in the code the last attempt of a dead letter failed, as the admin shows it too."""

from typing import ClassVar

from django.db import migrations, models

VIEW = """
CREATE OR REPLACE VIEW actors_message_by_reference AS
SELECT actor_id || '.' || id AS reference, actor_id, id, name, body, created_at, available_at, priority, attempts,
    dedupe, died_at, error, trace
FROM actors_message;
"""
VIEW_BEFORE = """
DROP VIEW actors_message_by_reference;
CREATE VIEW actors_message_by_reference AS
SELECT actor_id || '.' || id AS reference, actor_id, id, name, body, created_at, available_at, priority, attempts,
    dedupe, died_at, error
FROM actors_message;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0016_agenda")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="message",
            name="trace",
            field=models.TextField(null=True, verbose_name="trace of the last attempt"),
        ),
        migrations.RunSQL(VIEW, VIEW_BEFORE),
    ]
