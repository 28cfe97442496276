"""The doors' addresses: `path("", include("actors.gateway.urls"))` in the project's URLconf."""

from __future__ import annotations

from django.urls import path

from actors.gateway import actors_api, readiness, views

app_name = "actors"

urlpatterns = [
    path("gateway", views.gateway),
    path("gateway/", views.gateway),
    path("gateway/<path:rest>", views.gateway, name="gateway"),
    path("metadata", actors_api.metadata, name="metadata"),
    path("health", actors_api.health, name="health"),
    path("ready", readiness.ready, name="ready"),
    path("actors", actors_api.actors, name="actors"),
    path("actors/names", actors_api.actor_names, name="names"),
    path("actors/<str:actor_id>", actors_api.actor, name="actor"),
    path("actors/<path:rest>", actors_api.not_found),
    path("request", views.by_headers),
    path("request/<path:rest>", views.by_headers),
    path("action/<path:rest>", views.by_headers),
]
