"""Django's entry for the limiter example; `actors.py` beside it is found by the platform on its own."""

from django.apps import AppConfig


class LimiterConfig(AppConfig):
    name = "examples.limiter"
    label = "limiter"
