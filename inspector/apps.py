"""Django's entry for the inspector: `"inspector"` in INSTALLED_APPS, behind `"actors"`; `inspector.urls`."""

from typing import cast

from django.apps import AppConfig
from django.apps.registry import Apps
from django.core.exceptions import ImproperlyConfigured


class InspectorConfig(AppConfig):
    name = "inspector"
    verbose_name = "Inspector"
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        """Raises ImproperlyConfigured where `actors` does not stand before it."""
        names = [config.name for config in cast(Apps, self.apps).get_app_configs()]
        if "actors" not in names[: names.index(self.name)]:
            raise ImproperlyConfigured(
                'INSTALLED_APPS: "inspector" needs "actors", and has to stand behind it.'
            )
        super().import_models()

    def ready(self) -> None:
        from actors.gateway.platform import current
        from actors.management.audit import tell
        from inspector.commanded import written
        from inspector.lately import sample

        sample(current())
        tell(written)
