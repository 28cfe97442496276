"""How fast the dashboard is with 100,000 actors and with 500 changes a second: python -m benchmarks.dashboard

Prints the figures of docs/dashboard.md. Starts the demo site with a database of its own; needs Chromium and
Playwright, as the browser tests do. Asserts nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

import httpx
import psycopg
from playwright.sync_api import Page, sync_playwright

from benchmarks.harness.contestants import PROJECT, Running, platform

ACTORS: Final = 100_000
TRIES: Final = 5
RATE: Final = 500
SECONDS: Final = 10
PAGES: Final = {
    "the list": "actors/",
    "a page further down": f"actors/?older_than={ACTORS // 2}.bench-{ACTORS // 2:07}",
    "by the beginning of a key": "actors/?key=key-99999",
    "by a rare type": "actors/?type=orderDesk",
    "by type and status": "actors/?type=counter&status=sleeping",
    "crashed": "actors/?status=crashed",
    "with an error": "actors/?error=1",
    "schedules of all": "schedules/",
    "the overview": "",
}
FILL: Final = """
    INSERT INTO actors_actor (id, name, key, crash_policy, generation, created_at, slept_at, error)
    SELECT 'bench-' || lpad(n::text, 7, '0'), CASE WHEN n %% 1000 = 0 THEN 'orderDesk' ELSE 'counter' END,
        'key-' || n, 'sleep', 1, n, n,
        CASE WHEN n %% 1000 = 1 THEN '{"group": "a", "code": "b", "message": "c"}'::jsonb END
    FROM generate_series(1, %(actors)s) AS n;
    INSERT INTO actors_state (actor_id, generation, revision, state)
    SELECT id, 1, 1, '\\x01' FROM actors_actor WHERE id LIKE 'bench-%%';
    INSERT INTO actors_schedule (actor_id, id, kind, action, args, rules, created_at, due_at)
    SELECT id, 1, 'at', 'ring', '\\x80', '{}', 1, 4000000000000 + created_at
    FROM actors_actor WHERE id LIKE 'bench-%%';
    INSERT INTO actors_alarm (actor_id, source, due_at, wake_at)
    SELECT id, 'schedule', 4000000000000 + created_at, 4000000000000 + created_at
    FROM actors_actor WHERE id LIKE 'bench-%%';
    ANALYZE
"""
ENTER: Final = """
import django
django.setup()
from django.contrib.auth import get_user_model
from django.test import Client
client = Client()
client.force_login(get_user_model().objects.create_superuser("bench"))
print(client.cookies["sessionid"].value)
"""
WATCH: Final = """() => {
    window.drawn = 0; window.longest = 0; let last = performance.now();
    document.addEventListener("inspector:drawn", () => window.drawn += 1);
    const step = (now) => {
        window.longest = Math.max(window.longest, now - last);
        last = now;
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
}"""


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, platform("daphne", Path(scratch)) as site:
        with psycopg.connect(site.database, autocommit=True) as connection:
            connection.execute(FILL.replace("%(actors)s", str(ACTORS)).replace("%%", "%"))
        session = enter(site, Path(scratch))
        cookie = {"name": "sessionid", "value": session, "url": site.endpoint}
        with sync_playwright() as playwright:
            sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=chromium(), args=sandbox)
            context = browser.new_context()
            context.add_cookies([cookie])  # type: ignore[list-item]
            page = context.new_page()
            measure_pages(site, session, page)
            measure_changes(site, page)
            browser.close()


def chromium() -> str | None:
    """None: the one that Playwright has fetched."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def enter(site: Running, scratch: Path) -> str:
    """The session of somebody who may do everything."""
    home = {"DEBUG": "1", "DATABASE_URL": site.database, "RIVET_HOME": str((scratch / "rivet").resolve())}
    env = {**os.environ, **home, "DJANGO_SETTINGS_MODULE": "rivet_project.settings"}
    command = [sys.executable, "-c", ENTER]
    made = subprocess.run(command, env=env, cwd=PROJECT, check=True, stdout=subprocess.PIPE)
    return made.stdout.decode().split()[-1]


def measure_pages(site: Running, session: str, page: Page) -> None:
    """Each page: the server's answer alone, and in the browser until it is live."""
    print(f"{ACTORS:,} actors            answer      live in Chromium   (median of {TRIES}, ms)")
    cookies = {"sessionid": session}
    with httpx.Client(base_url=site.endpoint, cookies=cookies, trust_env=False, timeout=30) as http:
        for name, path in PAGES.items():
            answers, lives = [], []
            for _ in range(TRIES):
                began = time.perf_counter()
                http.get(f"/inspector/{path}").raise_for_status()
                answers.append(time.perf_counter() - began)
                began = time.perf_counter()
                page.goto(f"{site.endpoint}/inspector/{path}")
                page.wait_for_selector('[data-live="live"]')
                lives.append(time.perf_counter() - began)
            medians = [statistics.median(times) * 1000 for times in (answers, lives)]
            print(f"{name:28}{medians[0]:8.0f}{medians[1]:14.0f}")


def measure_changes(site: Running, page: Page) -> None:
    """A page of one actor while it changes: how often it is drawn, the longest time between frames."""
    asked = {"namespace": "default", "method": "getOrCreate", "key": "busy", "runner": "default"}
    query = urlencode({f"rvt-{name}": value for name, value in asked.items()})
    door = f"/gateway/counter/action/increment?{query}"
    made = httpx.post(f"{site.endpoint}{door}", json={"args": [1]}, trust_env=False)
    page.goto(f"{site.endpoint}/inspector/actors/{made.headers['x-rivet-actor']}/")
    page.wait_for_selector('[data-live="live"]')
    page.evaluate(WATCH)
    count, threads = [0], 4
    stop = time.monotonic() + SECONDS
    how = (site, door, stop, RATE / threads, count)
    workers = [threading.Thread(target=change, args=how) for _ in range(threads)]
    for worker in workers:
        worker.start()
    page.wait_for_timeout(SECONDS * 1000)
    for worker in workers:
        worker.join()
    caught_up = "(value) => document.querySelector('[data-state]').textContent === value"
    page.wait_for_function(caught_up, arg=str(count[0] + 1))
    drawn, longest = page.evaluate("[window.drawn, window.longest]")
    told = page.text_content("[data-coalesced]")
    rate = count[0] / SECONDS
    print(f"{rate:.0f} changes a second for {SECONDS} s: {drawn} drawings, longest frame {longest:.0f} ms")
    print(f"The page says: {told}")


def change(site: Running, door: str, stop: float, rate: float, count: list[int]) -> None:
    line = HTTPConnection(urlsplit(site.endpoint).netloc)
    body, next_at = json.dumps({"args": [1]}), time.monotonic()
    while time.monotonic() < stop:
        line.request("POST", door, body, {"Content-Type": "application/json"})
        line.getresponse().read()
        count[0] += 1
        next_at += 1 / rate
        time.sleep(max(0.0, next_at - time.monotonic()))


if __name__ == "__main__":
    main()
