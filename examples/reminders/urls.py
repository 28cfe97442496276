"""Pages of the reminders example: `/reminders/` is one list, `/reminders/<name>/` any other."""

from __future__ import annotations

from django.urls import path

from examples.reminders import views

app_name = "reminders"

urlpatterns = [
    path("", views.page, {"name": "main"}, name="main"),
    path("<slug:name>/", views.page, name="named"),
]
