"""A browser, a server, and tabs that notice whatever a page must not do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.browser.inhabitants import Counter, Inhabitant
from tests.databases import ROOT
from tests.servers import LiveServer

# Patience, not a delay: two cores may be shared with a server, a database and another test worker.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

ARTIFACTS = ROOT / "tests" / "artifacts"
REPORT_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`))"""


class Tabs:
    """Opens tabs of one person's browser and keeps what went wrong in them.

    `ignored` are parts of console messages that a test expects, such as a line that it cut itself.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.problems: list[str] = []
        self.hosts: set[str] = set()
        self.ignored: list[str] = []
        self._context = context
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("request", self._request)

    def open(self, url: str) -> Page:
        page = self._context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        page.on("websocket", lambda socket: self.hosts.add(urlsplit(socket.url).netloc))
        page.goto(url)
        return page

    def log_in(self, url: str, session: str) -> None:
        self._context.add_cookies([{"name": "sessionid", "value": session, "url": url}])

    def _request(self, request: Request) -> None:
        self.hosts.add(urlsplit(request.url).netloc)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in self.ignored):
            self.problems.append(f"console {message.type}: {message.text}")


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """Closed with each file: while it is open, Playwright's loop keeps others from running here."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The demo site as `make run` serves it. Tests use rooms and counters of their own."""
    with closing(LiveServer("daphne", tmp_path_factory.mktemp("site") / "server.log", {})) as live:
        live.start()
        yield live


@pytest.fixture
def tabs(browser: Browser) -> Iterator[Callable[..., Tabs]]:
    """`tabs(**options of a browser context)`: a fresh profile, in which nothing may go wrong."""
    opened: list[tuple[BrowserContext, Tabs]] = []

    def fresh(**options: Any) -> Tabs:
        context = browser.new_context(**options)
        opened.append((context, Tabs(context)))
        return opened[-1][1]

    yield fresh
    for context, kept in opened:
        context.close()
        assert kept.problems == []
        assert len(kept.hosts) == 1, f"pages asked other sites: {kept.hosts}"


@pytest.fixture(scope="module")
def sessions(postgres_url: str) -> dict[str, str]:
    """Session cookies of the inspector's people: none, viewer, operator."""
    command = [sys.executable, "-m", "tests.browser.people"]
    made = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "DATABASE_URL": postgres_url}, check=True, capture_output=True
    )
    told: dict[str, str] = json.loads(made.stdout)
    return told


@pytest.fixture
def enter(
    tabs: Callable[..., Tabs], site: LiveServer, sessions: dict[str, str]
) -> Callable[..., Callable[[str], Page]]:
    """`enter("viewer", **options)("actors/")`: a tab of that person's browser at a page of the inspector."""

    def person(who: str, ignored: Sequence[str] = (), **options: Any) -> Callable[[str], Page]:
        mine = tabs(**options)
        mine.ignored += ignored
        mine.log_in(site.url, sessions[who])
        return lambda path="": mine.open(f"{site.url}/inspector/{path}")

    return person


@pytest.fixture
def desk(site: LiveServer) -> Inhabitant:
    """An order desk whose card reader is unplugged, with one order that nobody can pay."""
    desk = Inhabitant(site.url, "orderDesk", "plug", False)
    desk.act("get", "place", "bread")
    return desk


@pytest.fixture
def counter(site: LiveServer) -> Counter:
    return Counter(site.url)


@pytest.fixture
def picture() -> Callable[[Page, str], Path]:
    """`picture(page, name)`: a screenshot in tests/artifacts/."""

    def take(page: Page, name: str) -> Path:
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        page.screenshot(path=path)
        return path

    return take


@pytest.fixture(scope="module")
def axe(node_project: Path) -> str:
    """The source of axe-core, which looks for what keeps people out."""
    return (node_project / "node_modules" / "axe-core" / "axe.min.js").read_text()


SETTLED = """Promise.allSettled(
    document.getAnimations().filter((one) => one instanceof CSSTransition).map(({ finished }) => finished)
)"""
"""A colour on its way to another has the contrast of neither."""


def complaints(page: Page, axe: str, part: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """What axe-core has against the page, or a `part` of it, each with the first element that it means.

    It is not to load style sheets again: for that it makes a page which the policy of ours forbids.
    """
    page.evaluate(axe)
    page.evaluate(SETTLED)
    found = page.evaluate("part => axe.run(part ?? document, { preload: false })", part)["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found]
