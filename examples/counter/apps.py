"""Django's entry for the counter example; `actors.py` beside it is found by the platform on its own."""

from django.apps import AppConfig


class CounterConfig(AppConfig):
    name = "examples.counter"
    label = "counter"
