"""Django's entry for the chat example; `actors.py` beside it is found by the platform on its own."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "examples.chat"
    label = "chat"
