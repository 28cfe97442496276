"""For schedules what 0007 is for queues: room for updates in place, and no index that nothing asks for."""

from typing import ClassVar

from django.db import migrations

# Room on each page for new row versions: a schedule that fires then touches no index (a heap-only update).
FILL = """
ALTER TABLE actors_scheduler SET (fillfactor = 70);
ALTER TABLE actors_schedule SET (fillfactor = 70);
"""
UNFILL = """
ALTER TABLE actors_scheduler RESET (fillfactor);
ALTER TABLE actors_schedule RESET (fillfactor);
"""

# Django adds it for LIKE outside the C locale; the column has the C collation.
DROP_LIKE = "DROP INDEX IF EXISTS actors_scheduler_actor_id_89d32e6d_like;"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0009_schedules")]

    operations: ClassVar = [
        migrations.RunSQL(FILL, UNFILL),
        migrations.RunSQL(DROP_LIKE, migrations.RunSQL.noop),
    ]
