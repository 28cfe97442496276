"""Pages of the webhooks example: `/webhooks/` is one bin, `/webhooks/<name>/` any other bin."""

from __future__ import annotations

from django.urls import path

from examples.webhooks import views

app_name = "webhooks"

urlpatterns = [
    path("", views.page, {"name": "main"}, name="main"),
    path("<slug:name>/", views.page, name="named"),
]
