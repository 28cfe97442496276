"""Django's entry for the reminders example; `actors.py` beside it is found by the platform on its own."""

from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "examples.reminders"
    label = "reminders"
