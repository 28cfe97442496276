"""In production a login opens the doors: closed to strangers, open to whoever has logged in on this site."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from uuid import uuid4

import pytest
from axes.utils import reset
from playwright.sync_api import expect

from tests.browser.conftest import Tabs
from tests.databases import ROOT
from tests.servers import LiveServer

pytestmark = pytest.mark.browser

PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "127.0.0.1",
    "ACTORS_TOKEN": "t" * 40,
    "ACTORS_SESSION_ACCESS": "authenticated",
}


@pytest.fixture
def user(postgres_url: str) -> tuple[str, str]:
    """Name and password. Made by a command: Django's ORM does not run beside the browser's loop."""
    name, password = f"ada-{uuid4().hex[:8]}", uuid4().hex
    words = ["createsuperuser", "--no-input", f"--username={name}", "--email=ada@example.com"]
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *words],
        env={**os.environ, "DATABASE_URL": postgres_url, "DJANGO_SUPERUSER_PASSWORD": password},
        check=True,
        capture_output=True,
    )
    return name, password


@pytest.fixture(autouse=True)
def nobody_has_failed(redis_url: str) -> None:
    """Whatever other tests have guessed at from this machine."""
    reset(ip="127.0.0.1")


def test_a_stranger_stays_outside_and_a_user_gets_in(
    user: tuple[str, str], live_server_process: Callable[..., LiveServer], tabs: Callable[..., Tabs]
) -> None:
    server = live_server_process("uvicorn", **PRODUCTION)
    page = tabs().open(f"{server.url}/counter/")
    expect(page.get_by_role("heading", name="The doors are closed to browsers")).to_be_visible()
    page.get_by_role("link", name="Logging in").click()
    page.get_by_label("Username").fill(user[0])
    page.get_by_label("Password").fill(user[1])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{server.url}/counter/")
    expect(page.locator("[data-status]")).to_have_attribute("data-status", "live")
    page.get_by_role("button", name="Add 1", exact=True).click()
    expect(page.locator("[data-note]")).to_contain_text("Stored")
