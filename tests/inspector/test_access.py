"""Nothing of the inspector is open by being forgotten: every address refuses whoever may not use it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.urls import reverse

from actors.gateway.platform import current
from actors.models import Actor
from inspector.models import AuditEntry
from inspector.urls import urlpatterns
from tests.face.belongings import message
from tests.inspector.conftest import DESTROY, LOOK, OPERATE
from tests.inspector.rows import make

pytestmark = pytest.mark.django_db

ADDRESSES = {
    str(pattern.name): reverse(
        f"inspector:{pattern.name}", args=["id-0000001"] if "<" in str(pattern.pattern) else []
    )
    for pattern in urlpatterns
}
DEEDS = sorted(name for name, address in ADDRESSES.items() if "/do/" in address)
NEEDED = {"destroy": DESTROY, "let_in": LOOK, "columns": LOOK, "export": LOOK, "clone": "add_actor"}
PAGES = sorted(set(ADDRESSES) - set(DEEDS))


@pytest.fixture(autouse=True)
def actor() -> None:
    make(1)


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_sent_to_the_login(name: str) -> None:
    answer = Client().get(ADDRESSES[name])
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("/admin/login/?next=/inspector/")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("who", [{"staff": True}, {"staff": False, "codename": LOOK}])
def test_a_page_wants_staff_and_the_permission_to_look(
    name: str, who: dict[str, Any], login: Callable[..., Client]
) -> None:
    client = login(*filter(None, [who.get("codename")]), staff=who["staff"])
    answer = client.get(ADDRESSES[name])
    told = answer.content.decode()
    assert answer.status_code == 403
    assert "inspector.forbidden" in told
    assert ("the staff" if not who["staff"] else LOOK) in told


@pytest.mark.parametrize("name", PAGES)
def test_a_viewer_sees_each_page_and_may_post_to_none(name: str, viewer: Client) -> None:
    assert viewer.get(ADDRESSES[name]).status_code == (426 if name == "live" else 200)
    assert viewer.post(ADDRESSES[name]).status_code == 405


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_wants_its_permission_and_no_other_does(
    name: str, login: Callable[..., Client], writable: None
) -> None:
    others = {LOOK, OPERATE, DESTROY} - {NEEDED.get(name, OPERATE)}
    client = login(*others)
    answer = client.post(ADDRESSES[name], "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert f"actors.{NEEDED.get(name, OPERATE)}" in answer.json()["message"]
    assert client.get(ADDRESSES[name]).status_code == 405
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("name", [name for name in DEEDS if NEEDED.get(name) != LOOK])
def test_nobody_does_anything_while_the_switch_says_read_only(
    name: str, login: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(current(), "config", replace(current().config, inspector_read_only=True))
    operator = login(LOOK, OPERATE, DESTROY)
    answer = operator.post(ADDRESSES[name], "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "read_only")
    assert "INSPECTOR_READ_ONLY" in answer.json()["hint"]
    page = operator.get(ADDRESSES["actor"]).content.decode()
    assert "data-deed" not in page
    assert "Read only" in page


@pytest.mark.parametrize("name", DEEDS)
def test_a_deed_wants_the_token_of_its_page(name: str, login: Callable[..., Client], writable: None) -> None:
    operator = login(LOOK, OPERATE, DESTROY, enforce_csrf_checks=True)
    answer = operator.post(ADDRESSES[name], "{}", content_type="application/json")
    assert answer.status_code == 403
    assert "CSRF" in answer.content.decode()
    assert not AuditEntry.objects.exists()


def test_a_page_of_another_site_can_do_nothing_even_with_a_token(
    login: Callable[..., Client], writable: None
) -> None:
    operator = login(LOOK, OPERATE, DESTROY, enforce_csrf_checks=True)
    operator.get(ADDRESSES["actor"])
    token = operator.cookies["csrftoken"].value
    answer = operator.post(
        ADDRESSES["destroy"],
        json.dumps({"key": "key-1"}),
        content_type="application/json",
        headers={"x-csrftoken": token, "origin": "https://elsewhere.example"},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("name", "asked", "code"),
    [
        ("clear", {"prefix": "a", "key": "key-2"}, "not_confirmed"),
        ("put", {"name": "a", "kind": "hex", "value": "xy"}, "invalid_request"),
        ("put", {"name": "a", "kind": "CBOR", "value": "{"}, "invalid_request"),
        ("put", {"name": "a", "kind": "text", "value": "", "ttl": "soon"}, "invalid_request"),
        ("put", {"name": "0xq", "kind": "text", "value": ""}, "invalid_request"),
        ("put", {"name": "a", "kind": "text", "value": "", "seen": "other"}, "state_changed"),
        ("delete", {"name": "a", "seen": "other"}, "state_changed"),
    ],
)
def test_keys_are_left_alone_by_what_was_not_meant(
    login: Callable[..., Client], writable: None, name: str, asked: dict[str, str], code: str
) -> None:
    answer = login(LOOK, OPERATE).post(ADDRESSES[name], json.dumps(asked), content_type="application/json")
    assert answer.json()["code"] == code
    assert list(AuditEntry.objects.values_list("outcome", flat=True)) == (
        ["inspector.state_changed"] if code == "state_changed" else []
    )


def test_a_queue_is_not_emptied_before_the_key_is_typed(login: Callable[..., Client], writable: None) -> None:
    asked = json.dumps({"name": "jobs", "key": "key-2"})
    answer = login(LOOK, OPERATE).post(ADDRESSES["purge"], asked, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_confirmed")
    assert not AuditEntry.objects.exists()


def test_the_buttons_are_there_for_those_who_may_operate_only(
    login: Callable[..., Client], writable: None
) -> None:
    def offered(*codenames: str) -> list[str]:
        page = login(*codenames).get(ADDRESSES["actor"]).content.decode()
        return re.findall(r'data-deed="[^"]*/do/(\w+)"', page)

    assert {"wake", "destroy"} <= set(offered(LOOK, OPERATE, DESTROY))
    assert "destroy" not in offered(LOOK, OPERATE)
    assert offered(LOOK, DESTROY) == ["destroy"]
    assert offered(LOOK) == []


def test_a_message_is_requeued_where_it_is_put_off_or_may_be_in_hand(
    login: Callable[..., Client], writable: None
) -> None:
    actor = Actor.objects.get()
    now = current().clock.now_ms()
    message(actor, 1, available_at=now - 1)
    message(actor, 2, available_at=now + 600_000)
    message(actor, 3, available_at=now - 1, attempts=1)
    message(actor, 4, available_at=now - 1, attempts=1, died_at=now)
    page = login(LOOK, OPERATE).get(ADDRESSES["queue"]).content.decode()
    assert re.findall('aria-label="Requeue message (.*?)"', page) == ["3", "2"]
    assert "may be worked on twice" in page


@pytest.mark.parametrize("name", PAGES)
def test_every_answer_allows_nothing_foreign_and_is_not_kept(name: str, viewer: Client) -> None:
    headers = viewer.get(ADDRESSES[name]).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def test_a_script_that_may_not_look_gets_the_error_and_no_login_page() -> None:
    answer = Client().get(ADDRESSES["list"], headers={"x-inspector": "1"})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_an_actor_that_there_is_not_says_so(viewer: Client) -> None:
    answer = viewer.get(reverse("inspector:actor", args=["nobody"]))
    assert answer.status_code == 404
    assert "actor.not_found" in answer.content.decode()


@pytest.mark.parametrize("failure", [OperationalError, InterfaceError])
@pytest.mark.parametrize("readable", [(), ("django_session", "auth_")], ids=["not even who asks", "the page"])
@pytest.mark.parametrize("name", ["list", "destroy"])
def test_a_database_that_is_away_is_told_and_its_reason_only_to_the_log(
    name: str,
    readable: tuple[str, ...],
    failure: type[Exception],
    login: Callable[..., Client],
    writable: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def away(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if any(table in sql for table in readable):
            return execute(sql, *rest)
        raise failure("connection to 10.0.0.7 refused")

    client = login(LOOK, OPERATE, DESTROY)
    ask = client.post if name in DEEDS else client.get
    options = {"content_type": "application/json"} if name in DEEDS else {}
    with connection.execute_wrapper(away):
        answer = ask(ADDRESSES[name], {"key": "key-1"}, **options)
    told = answer.content.decode()
    assert answer.status_code == 503
    assert "manage.py actors doctor" in told
    assert answer.headers["cache-control"] == "no-store"
    assert "10.0.0.7" not in told
    assert any("10.0.0.7" in str(vars(record).get("error")) for record in caplog.records)
    if name in DEEDS:
        assert (answer.json()["group"], answer.json()["code"]) == ("storage", "unavailable")
    else:
        assert "storage.unavailable" in told


def test_a_script_hears_of_a_database_that_is_away_in_json(viewer: Client) -> None:
    def away(*_: Any) -> Any:
        raise OperationalError("refused")

    with connection.execute_wrapper(away):
        answer = viewer.get(ADDRESSES["list"], headers={"x-inspector": "1"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
