"""The site's addresses: people's pages, and the doors through which clients reach actors."""

from __future__ import annotations

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from actors.gateway.exposition import metrics
from rivet_project import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("counter/", include("examples.counter.urls")),
    path("chat/", include("examples.chat.urls")),
    path("cursors/", include("examples.cursors.urls")),
    path("game/", include("examples.game.urls")),
    path("document/", include("examples.document.urls")),
    path("webhooks/", include("examples.webhooks.urls")),
    path("orders/", include("examples.orders.urls")),
    path("reminders/", include("examples.reminders.urls")),
    path("limiter/", include("examples.limiter.urls")),
    path("inspector/", include("inspector.urls")),
    path("admin/", admin.site.urls),
    path("", include("actors.gateway.urls")),
    path("favicon.ico", RedirectView.as_view(url=static("inspector/icon.svg"))),
    path("metrics", metrics, name="metrics"),
]
