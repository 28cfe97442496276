"""Pages of the document example: `/document/` is one document, `/document/<name>/` any other document."""

from __future__ import annotations

from django.urls import path

from examples.document import views

app_name = "document"

urlpatterns = [
    path("", views.page, {"name": "main"}, name="main"),
    path("<slug:name>/", views.page, name="named"),
]
