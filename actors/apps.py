"""ActorsConfig: actors as a guest in a Django project, where settings become a platform.

Finds `<app>/actors.py` as Django finds `admin.py`, registers the system checks and binds the handles.
Opens nothing: the store and the node start with the first server or call that needs them.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.crypto import salted_hmac
from django.utils.module_loading import autodiscover_modules
from psycopg import pq
from psycopg.conninfo import make_conninfo

from actors.api.binding import bind_transport
from actors.api.registry import registry
from actors.conf import NodeConfig
from actors.errors import ActorError
from actors.gateway.orm import DjangoTransaction
from actors.gateway.platform import Platform, install
from actors.gateway.transport import PlatformTransport
from actors.runtime.measures import MakeMeasures, in_memory
from actors.storage.postgres import PostgresStore


class ActorsConfig(AppConfig):
    name = "actors"
    verbose_name = "Actors"
    default_auto_field = "django.db.models.BigAutoField"

    config: NodeConfig
    transport: PlatformTransport

    def ready(self) -> None:
        import_module("actors.checks")  # its functions register themselves
        autodiscover_modules("actors")
        self.config = node_config()
        platform = Platform(self.config, registry, partial(open_store, self.config), make_measures=counting())
        install(platform)
        self.transport = PlatformTransport(platform)
        bind_transport(self.transport)


def counting() -> MakeMeasures:
    """How this process counts: django-prometheus, where a project has it, shows the numbers."""
    if not apps.is_installed("django_prometheus"):
        return in_memory
    from actors.gateway.exposition import install as install_metrics

    return install_metrics()


def node_config() -> NodeConfig:
    """The settings dict `ACTORS` over what Django's own settings imply. Raises ImproperlyConfigured."""
    try:
        return NodeConfig.from_settings(
            getattr(settings, "ACTORS", {}),
            internal_secret=salted_hmac("actors.internal_secret", "", algorithm="sha256").hexdigest(),
            expose_errors=settings.DEBUG,
            open_on_loopback=settings.DEBUG,
            inspector_read_only=not settings.DEBUG,
        )
    except ActorError as exc:
        raise ImproperlyConfigured(exc.message) from exc


def open_store(config: NodeConfig) -> PostgresStore:
    """A store in Django's default database, to be opened by whoever needs it."""
    return PostgresStore(database_address(), config.lease_duration, DjangoTransaction)


def database_address() -> str:
    """The default database as libpq knows it. Asked late, so that a test database is followed."""
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    params = connections[DEFAULT_DB_ALIAS].get_connection_params()
    return make_conninfo(**{name: value for name, value in params.items() if name in known})
