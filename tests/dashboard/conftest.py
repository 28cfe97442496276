"""A browser, a site with the dashboard on its origin, and nobody else to be asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.dashboard import bundles
from tests.databases import ROOT
from tests.servers import LiveServer

PATIENCE_MS = 30_000
ARTIFACTS = ROOT / "tests" / "artifacts"


@pytest.fixture(scope="session")
def pages() -> None:
    """The built pages, in their cache."""
    try:
        for package in (bundles.SHELL, bundles.INSPECTOR):
            bundles.folder(package)
    except bundles.Unavailable as failure:
        pytest.skip(f"npm does not give RivetKit's dashboard: {failure}")


@pytest.fixture(scope="module")
def site(
    pages: None, postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    variables = {"DJANGO_SETTINGS_MODULE": "tests.dashboard.settings"}
    with closing(LiveServer("uvicorn", tmp_path_factory.mktemp("site") / "log", variables)) as live:
        live.start()
        yield live


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, site: LiveServer) -> Iterator[Page]:
    """A page of the site. What the dashboard asks of other hosts (its makers count visits) is refused."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    host = urlsplit(site.url).netloc

    def allow(route: Route) -> None:
        if urlsplit(route.request.url).netloc == host:
            route.continue_()
        else:
            route.abort()

    context.route("**/*", allow)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    for routed in (page, context):  # a request that is still being answered ends before its page does
        routed.unroute_all(behavior="wait")
    context.close()


@pytest.fixture
def picture() -> Callable[[Page, str], Path]:
    """`picture(page, name)`: a screenshot in tests/artifacts/."""

    def take(page: Page, name: str) -> Path:
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        page.screenshot(path=path)
        return path

    return take
