"""Django's entry for the webhooks example; `actors.py` beside it is found by the platform on its own."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "examples.webhooks"
    label = "webhooks"
