"""Pages of the orders example: `/orders/` is one desk, `/orders/<name>/` any other desk."""

from __future__ import annotations

from django.urls import path

from examples.orders import views

app_name = "orders"

urlpatterns = [
    path("", views.page, {"name": "main"}, name="main"),
    path("<slug:name>/", views.page, name="named"),
]
