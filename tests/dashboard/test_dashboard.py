"""RivetKit's dashboard, as npm ships it, drives our server: what it shows is so, what it does happens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import FrameLocator, Page, Route, expect

from tests import web
from tests.gateway.wire import url_of, websocket
from tests.servers import LiveServer

pytestmark = pytest.mark.browser

Picture = Callable[[Page, str], Path]


class Dashboard:
    """The page of one actor of a class. `frame` is where the actor's own tabs are."""

    def __init__(self, page: Page, site: LiveServer) -> None:
        self.page = page
        self.site = site

    def make(self, name: str, key: str, action: str, *args: Any) -> str:
        """The id of an actor that has just done something."""
        url = url_of(self.site.url, name, key, f"/action/{action}")
        made = web.post(url, json={"args": list(args)})
        assert made.is_success, made.text
        return made.headers["x-rivet-actor"]

    def open(self, name: str, actor_id: str | None = None) -> None:
        chosen = "" if actor_id is None else f"&actorId={actor_id}"
        names = quote(json.dumps([name]))
        self.page.goto(f"{self.site.url}/ui/ns/default?n={names}{chosen}")

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def record(self, actor_id: str) -> dict[str, Any]:
        url = f"{self.site.url}/actors?namespace=default&actor_ids={actor_id}"
        [found] = web.get(url).json()["actors"]
        return dict(found)

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("iframe")

    @property
    def editor(self) -> Any:
        return self.frame.locator(".cm-content")


@pytest.fixture
def dashboard(page: Page, site: LiveServer) -> Dashboard:
    return Dashboard(page, site)


def test_a_list_shows_who_is_awake_and_who_sleeps(dashboard: Dashboard) -> None:
    awake = dashboard.make("counter", "listed-awake", "increment", 1)
    asleep = dashboard.make("counter", "listed-asleep", "increment", 1)
    url = f"{dashboard.site.url}/actors/{asleep}/sleep?namespace=default"
    assert web.post(url, json={}).is_success
    dashboard.open("counter", awake)
    for key, moons in (("listed-awake", 0), ("listed-asleep", 1)):
        row = dashboard.page.get_by_role("link").filter(has_text=key)
        expect(row).to_be_visible()
        expect(row.locator("[data-icon=moon]")).to_have_count(moons)


def test_the_state_is_live_and_can_be_edited(dashboard: Dashboard, picture: Picture) -> None:
    actor_id = dashboard.make("counter", "edited", "increment", 3)
    dashboard.open("counter", actor_id)
    expect(dashboard.editor).to_have_text("3")
    expect(dashboard.frame.get_by_text("Live")).to_be_visible()
    dashboard.make("counter", "edited", "increment", 4)
    expect(dashboard.editor).to_have_text("7")
    dashboard.editor.click()
    dashboard.page.keyboard.press("Control+A")
    dashboard.page.keyboard.type("55")
    expect(dashboard.frame.get_by_text("Modified")).to_be_visible()
    picture(dashboard.page, "dashboard-state")
    dashboard.frame.get_by_role("button").first.click()
    expect(dashboard.frame.get_by_text("Modified")).to_be_hidden()
    dashboard.make("counter", "edited", "increment", 1)
    expect(dashboard.editor).to_have_text("56")


def test_connections_come_and_go(dashboard: Dashboard) -> None:
    actor_id = dashboard.make("chatRoom", "visited", "sendMessage", "ada", "hello")
    dashboard.open("chatRoom", actor_id)
    dashboard.tab("Connections")
    expect(dashboard.frame.get_by_text("0 connections")).to_be_visible()
    with websocket(
        dashboard.site.url, "chatRoom", "visited", "rivet_conn_params.%7B%22a%22%3A1%7D"
    ) as client:
        client.recv()
        expect(dashboard.frame.get_by_text("1 connection", exact=True)).to_be_visible()
        expect(dashboard.frame.get_by_text("{a: 1}").first).to_be_visible()
    expect(dashboard.frame.get_by_text("0 connections")).to_be_visible()


def test_what_an_actor_does_not_have_is_empty_or_absent(dashboard: Dashboard) -> None:
    actor_id = dashboard.make("counter", "bare", "increment", 1)
    dashboard.open("counter", actor_id)
    expect(dashboard.editor).to_have_text("1")
    for absent in ("Database", "Workflow"):
        expect(dashboard.page.get_by_role("tab", name=absent)).to_have_count(0)
    dashboard.tab("Queue")
    expect(dashboard.frame.get_by_text("Queue is empty")).to_be_visible()
    dashboard.tab("Schedules")
    expect(dashboard.frame.get_by_text("No schedules yet")).to_be_visible()
    dashboard.tab("Console")
    expect(dashboard.frame.get_by_text("actor.increment(...)")).to_be_visible()


def test_messages_of_a_queue_come_and_go(dashboard: Dashboard, picture: Picture) -> None:
    actor_id = dashboard.make("showcase", "busy", "workOn", 0)
    dashboard.open("showcase", actor_id)
    dashboard.tab("Queue")
    frame = dashboard.frame
    expect(frame.get_by_text("Queue is empty")).to_be_visible()
    url = url_of(dashboard.site.url, "showcase", "busy", "/queue/jobs")
    for job in ("one", "two"):
        assert web.post(url, json={"body": job}).is_success
    expect(frame.get_by_text("Queue size 2 / 1000")).to_be_visible()
    expect(frame.get_by_text("jobs").first).to_be_visible()
    picture(dashboard.page, "dashboard-queue")
    dashboard.make("showcase", "busy", "workOn", 2)
    expect(frame.get_by_text("Queue is empty")).to_be_visible()


def test_schedules_with_their_runs_can_be_deleted(dashboard: Dashboard, picture: Picture) -> None:
    actor_id = dashboard.make("showcase", "planned", "plan")
    dashboard.open("showcase", actor_id)
    dashboard.tab("Schedules")
    frame = dashboard.frame
    expect(frame.get_by_text("0 3 * * *")).to_be_visible()
    frame.get_by_text("often").first.click()
    expect(frame.get_by_text("Every 5 seconds")).to_be_visible()
    expect(frame.get_by_text("Success").first).to_be_visible()
    picture(dashboard.page, "dashboard-schedules")
    button = frame.get_by_role("button", name="Delete schedule")
    button.click()
    frame.get_by_role("button").filter(has_text=re.compile("delete|sure|confirm", re.IGNORECASE)).last.click()
    expect(frame.get_by_text("often")).to_have_count(0)
    expect(frame.get_by_text("nightly")).to_be_visible()


def test_a_tab_of_the_author_is_shown_and_acts(dashboard: Dashboard, picture: Picture) -> None:
    """The example's: in a frame of its own, with the token and the theme that the dashboard tells it."""
    actor_id = dashboard.make("orderDesk", "tabbed", "plug", False)
    dashboard.make("orderDesk", "tabbed", "place", "tea")
    dashboard.open("orderDesk", actor_id)
    expect(dashboard.frame.locator(".cm-content")).to_be_visible()
    expect(dashboard.page.get_by_role("tab", name="Schedules")).to_have_count(0)
    dashboard.tab("Orders")
    frame = dashboard.frame
    expect(frame.get_by_text("1 placed, 1 stuck. The card reader is unplugged.")).to_be_visible()
    expect(frame.locator("html.dark")).to_have_count(1)
    expect(frame.locator("body")).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
    picture(dashboard.page, "dashboard-own-tab")
    frame.get_by_role("button", name="Plug the reader in").click()
    expect(frame.get_by_text("The card reader is plugged in.")).to_be_visible()
    frame.get_by_role("button", name="Send on").click()
    expect(frame.get_by_text("1 placed, 0 stuck.")).to_be_visible()
    expect(frame.get_by_role("cell", name="packed")).to_be_visible()
    dashboard.tab("State")
    expect(dashboard.frame.locator(".cm-content")).to_contain_text("packed")


def test_the_buttons_of_a_life(dashboard: Dashboard) -> None:
    actor_id = dashboard.make("counter", "ordered", "increment", 9)
    dashboard.open("counter", actor_id)
    dashboard.tab("Metadata")
    expect(dashboard.page.get_by_text("Running")).to_be_visible()
    began = dashboard.record(actor_id)["connectable_ts"]
    with dashboard.page.expect_response(lambda response: response.url.count("/reschedule")) as told:
        dashboard.press("Reschedule")
    assert told.value.ok
    expect(dashboard.page.get_by_text("Running")).to_be_visible()
    with dashboard.page.expect_response(lambda response: "/sleep" in response.url) as told:
        dashboard.press("Sleep")
    assert told.value.ok
    expect(dashboard.page.locator("[data-icon=moon]").first).to_be_visible()
    after = dashboard.record(actor_id)
    assert after["connectable_ts"] is None and after["sleep_ts"] > began


def test_an_actor_is_destroyed(dashboard: Dashboard) -> None:
    actor_id = dashboard.make("counter", "doomed", "increment", 9)
    dashboard.open("counter", actor_id)
    dashboard.tab("Metadata")
    with dashboard.page.expect_response(lambda response: response.request.method == "DELETE") as told:
        dashboard.press("Destroy")
        dashboard.page.get_by_text("Are you sure?").click()
    assert told.value.ok
    assert dashboard.record(actor_id)["destroy_ts"] is not None


def test_an_actor_is_made(dashboard: Dashboard) -> None:
    dashboard.open("counter")
    dashboard.press("Create Instance")
    form = dashboard.page.get_by_role("dialog")
    form.locator("input[name=key]").fill("made-here")
    with dashboard.page.expect_response(lambda response: response.request.method == "POST") as told:
        form.get_by_role("button", name="Create").click()
    assert told.value.ok, told.value.text()
    assert told.value.json()["actor"]["key"] == "made-here"
    expect(dashboard.page.get_by_text("made-here").first).to_be_visible()


def test_the_inline_inspector_of_older_servers_speaks_version_4(dashboard: Dashboard) -> None:
    """The dashboard has one for servers before 2.3.0, and goes by the version that an actor says."""

    def older(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "version": "2.2.1"})

    dashboard.page.route("**/gateway/*/metadata", older)
    actor_id = dashboard.make("chatRoom", "inline", "sendMessage", "ada", "hello")
    dashboard.open("chatRoom", actor_id)
    expect(dashboard.page.locator("iframe")).to_have_count(0)
    editor = dashboard.page.locator(".cm-content").first
    expect(editor).to_contain_text("hello")
    dashboard.make("chatRoom", "inline", "sendMessage", "ada", "goodbye")
    expect(editor).to_contain_text("goodbye")
    editor.click()
    dashboard.page.keyboard.press("Control+A")
    dashboard.page.keyboard.insert_text('{"sent": 0, "messages": []}')
    modified = dashboard.page.get_by_text("Modified")
    expect(modified).to_be_visible()
    modified.locator("xpath=ancestor::div[.//button][1]//button").first.click()
    expect(modified).to_be_hidden()
    dashboard.make("chatRoom", "inline", "sendMessage", "ada", "anew")
    expect(editor).to_contain_text("anew")
    expect(editor).not_to_contain_text("goodbye")
    for absent in ("Database", "Workflow", "Schedules"):
        expect(dashboard.page.get_by_role("tab", name=absent)).to_have_count(0)
    dashboard.tab("Connections")
    with websocket(dashboard.site.url, "chatRoom", "inline") as client:
        client.recv()
        expect(dashboard.page.get_by_text("1 connection", exact=True)).to_be_visible()
    expect(dashboard.page.get_by_text("0 connections")).to_be_visible()
