"""The dashboard of 100,000 actors while up to 500 changes happen each second. Counts, no times."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests import databases, environment
from tests.browser.inhabitants import Counter
from tests.gateway.wire import action, websocket
from tests.servers import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Enter = Callable[..., Callable[[str], Page]]
ACTORS = 100_000
FILL = f"""
    INSERT INTO actors_actor (id, name, key, crash_policy, generation, created_at, slept_at, error)
    SELECT 'crowd-' || lpad(n::text, 7, '0'), CASE WHEN n % 1000 = 0 THEN 'orderDesk' ELSE 'counter' END,
        'key-' || n, 'sleep', 1, n, n, CASE WHEN n % 1000 = 1 THEN '{{"group": "a", "code": "b"}}'::jsonb END
    FROM generate_series(1, {ACTORS}) AS n;
    INSERT INTO actors_state (actor_id, generation, revision, state)
    SELECT id, 1, 1, '\\x01' FROM actors_actor;
    ANALYZE actors_actor, actors_state
"""
COMES = """
    INSERT INTO actors_actor (id, name, key, crash_policy, created_at)
    VALUES ('late-' || %(n)s, 'counter', 'late-' || %(n)s, 'sleep', %(at)s + %(n)s)
"""
AT_ONCE = 50
FAR = 4_000_000_000_000
COUNT = """() => {
    window.drawn = window.frames_shown = 0;
    document.addEventListener("inspector:drawn", () => (window.drawn += 1));
    const count = () => (window.frames_shown += 1) && requestAnimationFrame(count);
    requestAnimationFrame(count);
}"""
RATE = 500
LEAST, MOST = 3 * RATE, 30 * RATE
FEWER = 10
"""So many changes at least stand behind one drawing."""


@pytest.fixture(scope="module")
def postgres_url(postgres_server: None) -> Iterator[str]:
    with databases.database(f"{environment.worker_database()}_crowd") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(FILL.encode())
        yield url


@pytest.fixture(scope="module")
def site(postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    log = tmp_path_factory.mktemp("site") / "server.log"
    with closing(LiveServer("daphne", log, {"DATABASE_URL": postgres_url})) as live:
        live.start()
        yield live


class Burst:
    """RATE changes a second at most, for as long as the block lasts, and at least LEAST and at most MOST."""

    def __init__(self, change: Callable[[int], int]) -> None:
        self.changes = 0
        self._change = change
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._go_on)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._enough.set()
            self._thread.join()

    def _go_on(self) -> None:
        """A machine that cannot make so many makes fewer: nothing is caught up with."""
        while self.changes < LEAST or not (self._enough.is_set() or self.changes >= MOST):
            began = time.monotonic()
            made = self._change(self.changes)
            self.changes += made
            time.sleep(max(0.0, began + made / RATE - time.monotonic()))


def is_live(page: Page) -> None:
    expect(page.locator("[data-live]")).to_have_attribute("data-live", "live")


def has_drawn(page: Page, times: int) -> None:
    page.wait_for_function("(times) => window.drawn >= times", arg=times)


def is_coalesced(page: Page, burst: Burst) -> None:
    """A few drawings stand for many changes, and the browser had time to show each of them."""
    drawn, shown = page.evaluate("[window.drawn, window.frames_shown]")
    assert drawn * FEWER < burst.changes
    assert shown >= drawn


def test_the_list_opens_answers_to_its_filters_and_is_turned(enter: Enter) -> None:
    page = enter("viewer")("actors/")
    rows = page.locator("[data-rows] > tr[data-key]")
    is_live(page)
    expect(rows).to_have_count(100)
    expect(rows.first).to_contain_text(f"key-{ACTORS}")
    page.get_by_role("link", name="Older").click()
    expect(rows.first).to_contain_text(f"key-{ACTORS - 100}")
    is_live(page)
    for query, first in (
        ("key=key-99998", "key-99998"),
        ("type=orderDesk", f"key-{ACTORS}"),
        ("status=crashed", f"key-{ACTORS - 999}"),
        ("status=crashed&type=orderDesk", None),
        ("status=sleeping&type=counter", f"key-{ACTORS - 1}"),
    ):
        page.goto(f"{page.url.partition('?')[0]}?{query}")
        is_live(page)
        if first is None:
            expect(page.locator(".nothing")).to_contain_text("No actor is like that")
        else:
            expect(rows.first).to_contain_text(first)


def test_the_list_draws_hundreds_of_new_actors_a_few_times_and_answers_meanwhile(
    enter: Enter, postgres_url: str
) -> None:
    page = enter("viewer")("actors/?type=counter")
    is_live(page)
    page.evaluate(COUNT)
    with psycopg.connect(postgres_url, autocommit=True) as connection:

        def come(number: int) -> int:
            connection.execute(COMES, {"n": number, "at": FAR})
            return 1

        burst = Burst(come)
        with burst.going_on():
            has_drawn(page, 2)
            page.keyboard.press("p")
            expect(page.locator("[data-live]")).to_have_text("Paused")
            page.keyboard.press("p")
            is_live(page)
            has_drawn(page, 4)
    expect(page.locator("[data-rows] > tr").first).to_contain_text(f"late-{burst.changes - 1}")
    is_coalesced(page, burst)
    is_live(page)


def test_an_actor_that_changes_hundreds_of_times_a_second_is_drawn_a_few_times_and_can_be_left(
    enter: Enter, site: LiveServer
) -> None:
    counter = Counter(site.url)
    page = enter("viewer")(f"actors/{counter.id}/")
    is_live(page)
    page.evaluate(COUNT)
    with websocket(site.url, "counter", counter.key) as client:
        client.recv()

        def change(number: int) -> int:
            for one in range(number, number + AT_ONCE):
                client.send(action(one, "increment", 1))
            answered = 0
            while answered < AT_ONCE:
                answered += json.loads(client.recv())["body"]["tag"] == "ActionResponse"
            return AT_ONCE

        burst = Burst(change)
        with burst.going_on():
            has_drawn(page, 2)
            page.get_by_role("button", name="Pause").click()
            expect(page.locator("[data-live]")).to_have_text("Paused")
            page.locator("[data-live]").click()
            is_live(page)
            has_drawn(page, 4)
        expect(page.locator("[data-state]")).to_have_text(str(5 + burst.changes))
        is_coalesced(page, burst)
        expect(page.locator("[data-coalesced]")).to_contain_text("changes in")
        page.get_by_role("link", name="Connections").click()
        is_live(page)
