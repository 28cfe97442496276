"""Django's entry for the cursors example; `actors.py` beside it is found by the platform on its own."""

from django.apps import AppConfig


class CursorsConfig(AppConfig):
    name = "examples.cursors"
    label = "cursors"
