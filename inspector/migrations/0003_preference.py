"""What a person has chosen to see. One row for each who has chosen, and none for the others."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("inspector", "0002_permissions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Preference",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                ("columns", models.JSONField(verbose_name="columns of the list")),
            ],
            options={
                "verbose_name": "preference",
                "verbose_name_plural": "preferences",
                "default_permissions": (),
            },
        ),
    ]
