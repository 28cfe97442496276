from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("actors", "0010_schedule_rows")]

    operations = [
        migrations.AddIndex(
            model_name="actor",
            index=models.Index(
                fields=["-created_at", "-id"],
                condition=models.Q(("error__isnull", False)),
                name="actors_actor_failed",
            ),
        ),
    ]
