"""Pages of the cursors example: `/cursors/` is the lobby, `/cursors/<name>/` any other room."""

from __future__ import annotations

from django.urls import path

from examples.cursors import views

app_name = "cursors"

urlpatterns = [
    path("", views.page, {"name": "lobby"}, name="main"),
    path("<slug:name>/", views.page, name="named"),
]
