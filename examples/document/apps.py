"""Django's entry for the document example; `actors.py` beside it is found by the platform on its own."""

from django.apps import AppConfig


class DocumentConfig(AppConfig):
    name = "examples.document"
    label = "document"
