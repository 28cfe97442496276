"""Django's entry for the game example; `actors.py` beside it is found by the platform on its own."""

from django.apps import AppConfig


class GameConfig(AppConfig):
    name = "examples.game"
    label = "game"
