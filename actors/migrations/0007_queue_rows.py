"""For queues what 0002 is for actors: room for updates in place, and no index that nothing asks for."""

from typing import ClassVar

from django.db import migrations

FILL = """
ALTER TABLE actors_queue SET (fillfactor = 70);
ALTER TABLE actors_message SET (fillfactor = 85);
"""
UNFILL = """
ALTER TABLE actors_queue RESET (fillfactor);
ALTER TABLE actors_message RESET (fillfactor);
"""

# Django adds it for LIKE outside the C locale; the column has the C collation.
DROP_LIKE = "DROP INDEX IF EXISTS actors_queue_actor_id_668e5cac_like;"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0006_queue")]

    operations: ClassVar = [
        migrations.RunSQL(FILL, UNFILL),
        migrations.RunSQL(DROP_LIKE, migrations.RunSQL.noop),
    ]
