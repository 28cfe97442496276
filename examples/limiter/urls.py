"""Pages of the limiter example: `/limiter/` is one caller, `/limiter/<name>/` any other, and each has tea."""

from __future__ import annotations

from django.urls import path

from examples.limiter import views

app_name = "limiter"

urlpatterns = [
    path("", views.page, {"name": "main"}, name="main"),
    path("<slug:name>/", views.page, name="named"),
    path("<slug:name>/tea/", views.tea, name="tea"),
]
