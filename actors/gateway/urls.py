"""The doors' addresses: `path("", include("actors.gateway.urls"))` in the project's URLconf."""

from __future__ import annotations

from django.urls import path, register_converter

from actors.gateway import actors_api, openapi, readiness, views
from actors.runtime.orders import ORDERS


class Rest:
    """What is left of a path, whatever it is: Django's own `path` ends at a line break."""

    regex = r"(?s:.+)"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Rest, "rest")

app_name = "actors"

urlpatterns = [
    path("gateway", views.gateway),
    path("gateway/", views.gateway),
    path("gateway/<rest:rest>", views.gateway, name="gateway"),
    path("openapi.json", openapi.document, name="openapi"),
    path("metadata", actors_api.metadata, name="metadata"),
    path("health", actors_api.health, name="health"),
    path("ready", readiness.ready, name="ready"),
    path("actors", actors_api.actors, name="actors"),
    path("actors/names", actors_api.actor_names, name="names"),
    path("actors/wake", actors_api.wake),
    path("actors/outbox", actors_api.outbox),
    path("actors/tail", actors_api.tail),
    path("actors/seen", actors_api.seen),
    path("actors/attended", actors_api.attended),
    path("actors/<str:actor_id>", actors_api.actor, name="actor"),
    *(path(f"actors/<str:actor_id>/{word}", actors_api.actor_order, {"word": word}) for word in ORDERS),
    path("actors/<str:actor_id>/kv/keys/<rest:key>", actors_api.actor_key),
    path("actors/<rest:rest>", actors_api.not_found),
    *(path(about, actors_api.cluster, {"about": about}) for about in actors_api.CLUSTER),
    path("request", views.by_headers),
    path("request/<rest:rest>", views.by_headers),
    path("action/<rest:rest>", views.by_headers),
]
