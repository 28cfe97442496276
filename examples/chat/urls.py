"""Pages of the chat example: `/chat/` is the lobby, `/chat/<room>/` any other room."""

from django.urls import path

from examples.chat import views

app_name = "chat"

urlpatterns = [
    path("", views.lobby, name="lobby"),
    path("<slug:name>/", views.room, name="room"),
]
