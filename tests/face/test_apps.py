"""What `INSTALLED_APPS = [..., "actors"]` does to a project."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.apps import apps
from django.apps.registry import Apps
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from psycopg.conninfo import conninfo_to_dict

from actors.api.binding import bound_transport
from actors.api.registry import registry
from actors.apps import database_address, node_config
from actors.gateway import platform
from actors.gateway.transport import PlatformTransport
from actors.storage.postgres import PostgresStore

WITHOUT_PROMETHEUS = """
import sys
sys.modules["prometheus_client"] = sys.modules["django_prometheus"] = None  # as if not installed
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "actors"], SECRET_KEY="x", ACTORS={})
django.setup()
from actors.gateway.platform import current
print(sorted(current().measurements.prepared()))
"""


def test_actors_run_without_prometheus() -> None:
    code = subprocess.run([sys.executable, "-c", WITHOUT_PROMETHEUS], check=True, capture_output=True)
    assert code.stdout == b"[]\n"


def test_actors_py_of_every_app_is_found() -> None:
    assert {"counter", "chatRoom"} <= set(registry.names())


def test_importing_the_authors_names_needs_no_django() -> None:
    code = "import sys, actors; sys.exit('django' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# DEBUG as the process started with it: what is installed here stays for the tests after this one.
@override_settings(DEBUG=True)
def test_the_platform_is_installed_and_the_handles_are_bound() -> None:
    apps.get_app_config("actors").ready()
    assert platform.current().config == node_config()
    assert platform.current().registry is registry
    assert isinstance(platform.current().open_store(), PostgresStore)
    assert isinstance(bound_transport(), PlatformTransport)


@override_settings(DEBUG=True, ACTORS={"TOKEN": "secret", "LEASE_DURATION": 20.0})
def test_settings_stand_over_what_django_implies() -> None:
    config = node_config()
    assert (config.token, config.lease_duration) == ("secret", 20.0)
    assert config.expose_errors
    assert config.open_on_loopback


@override_settings(DEBUG=False, ACTORS={})
def test_without_debug_the_doors_are_closed_and_errors_masked() -> None:
    config = node_config()
    assert not config.expose_errors
    assert not config.open_on_loopback


def test_the_internal_secret_comes_from_the_secret_key() -> None:
    with override_settings(SECRET_KEY="one"):
        first, again = node_config().internal_secret, node_config().internal_secret
    with override_settings(SECRET_KEY="other"):
        other = node_config().internal_secret
    assert first == again != other
    assert len(first) == 64
    with override_settings(ACTORS={"INTERNAL_SECRET": "mine"}):
        assert node_config().internal_secret == "mine"


@override_settings(ACTORS={"TOKKEN": "x"})
def test_an_unknown_setting_stops_the_start_and_names_the_known_ones() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"TOKKEN.*HEARTBEAT_INTERVAL.*TOKEN"):
        node_config()


def test_the_store_uses_djangos_default_database(postgres_url: str) -> None:
    ours, given = conninfo_to_dict(database_address()), conninfo_to_dict(postgres_url)
    assert ours["dbname"] == given["dbname"]
    assert ours.get("host") == given.get("host")


@pytest.mark.parametrize("installed", [["inspector", "actors"], ["inspector"]])
def test_the_inspector_says_so_when_actors_do_not_stand_before_it(installed: list[str]) -> None:
    with pytest.raises(ImproperlyConfigured, match='"inspector" needs "actors"'):
        Apps(installed)
