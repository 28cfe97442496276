"""Django's entry for the actors that only tests talk to."""

from django.apps import AppConfig


class ActorsAppConfig(AppConfig):
    name = "tests.actors_app"
    label = "actors_app"
