"""Django's entry for the inspector, so that `INSTALLED_APPS` can name it from the first day.

It has no pages yet: the inspector is a later piece of work, and until then the admin lists the actors.
"""

from django.apps import AppConfig


class InspectorConfig(AppConfig):
    name = "inspector"
    label = "inspector"
