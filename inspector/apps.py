"""Django's entry for the inspector: `"inspector"` in INSTALLED_APPS, `inspector.urls` in the URLconf."""

from django.apps import AppConfig


class InspectorConfig(AppConfig):
    name = "inspector"
    verbose_name = "Inspector"
    default_auto_field = "django.db.models.BigAutoField"
