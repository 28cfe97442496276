"""The doors alone: the URLs of `without_inspector.py`."""

from django.urls import include, path

urlpatterns = [path("", include("actors.gateway.urls"))]
