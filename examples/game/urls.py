"""Pages of the game example: `/game/` is one table, `/game/<name>/` any other table."""

from __future__ import annotations

from django.urls import path

from examples.game import views

app_name = "game"

urlpatterns = [
    path("", views.page, {"name": "main"}, name="main"),
    path("<slug:name>/", views.page, name="named"),
]
