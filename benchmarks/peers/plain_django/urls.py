"""The HTTP routes that the load generator uses."""

from __future__ import annotations

from django.urls import path

from benchmarks.peers.plain_django import views

urlpatterns = [
    path("metadata", views.metadata),
    path("gateway/counter/action/<str:action>", views.counter_action),
]
