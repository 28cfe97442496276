"""Django's entry for the orders example; `actors.py` beside it is found by the platform on its own."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "examples.orders"
    label = "orders"
