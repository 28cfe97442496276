"""Django's entry for the inspector: `"inspector"` in INSTALLED_APPS, behind `"actors"`; `inspector.urls`."""

from django.apps import AppConfig


class InspectorConfig(AppConfig):
    name = "inspector"
    verbose_name = "Inspector"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from actors.gateway.platform import current
        from inspector.lately import sample

        sample(current())
