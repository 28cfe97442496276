"""Pages of the counter example: `/counter/` is the shared one, `/counter/<key>/` any other."""

from django.urls import path

from examples.counter import views

app_name = "counter"

urlpatterns = [
    path("", views.page, name="main"),
    path("<slug:key>/", views.page, name="page"),
]
