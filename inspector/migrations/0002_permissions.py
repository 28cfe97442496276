"""Whoever may look at actors may see what was done to them: the audit has no permissions of its own."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inspector", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="auditentry",
            options={
                "default_permissions": (),
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
            },
        ),
    ]
