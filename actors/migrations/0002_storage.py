"""What Django's models cannot say: room for updates in place, and no index that nothing asks for."""

from typing import ClassVar

from django.db import migrations

# Room on each page for new row versions: a commit then touches no index (a heap-only update).
FILL = """
ALTER TABLE actors_state SET (fillfactor = 70);
ALTER TABLE actors_actor SET (fillfactor = 85);
"""
UNFILL = """
ALTER TABLE actors_state RESET (fillfactor);
ALTER TABLE actors_actor RESET (fillfactor);
"""

# Django adds these for LIKE outside the C locale; the columns have the C collation.
DROP_LIKE = """
DROP INDEX IF EXISTS actors_actor_id_c99cd6ea_like;
DROP INDEX IF EXISTS actors_node_id_0f3e060e_like;
DROP INDEX IF EXISTS actors_state_actor_id_a2672c5e_like;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("actors", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(FILL, UNFILL),
        migrations.RunSQL(DROP_LIKE, migrations.RunSQL.noop),
    ]
