"""What three people can do in the admin: one without permissions nothing, a viewer look, an operator act.

What the actions do to living actors is seen in a browser: `tests/browser/test_admin.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse

from actors.errors import error
from actors.gateway.platform import current
from actors.models import Actor, Message, OutboxCall, Schedule
from inspector.admin.doing import Doing
from inspector.admin.lives import OperatedActorAdmin
from inspector.admin.outbox import NOT_GIVEN_UP
from inspector.models import AuditEntry, Deed
from tests.face.belongings import call, hibernating, message, schedule
from tests.inspector.conftest import DESTROY, LOOK, OPERATE
from tests.inspector.rows import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_url", "writable")]

PAGES = ("actor", "node", "queuedmessage", "givenup", "plannedrun", "waitingconn", "outboxcall")
LISTS = {name: f"/admin/actors/{name}/" for name in PAGES}
AUDIT = "/admin/inspector/auditentry/"
ACTIONS = {
    "actor": {**dict.fromkeys(("wake", "sleep", "pause", "resume"), OPERATE), "destroy": DESTROY},
    "queuedmessage": {"requeue": OPERATE, "discard": OPERATE},
    "givenup": {"requeue": OPERATE, "discard": OPERATE},
    "plannedrun": dict.fromkeys(("pause", "resume", "skip_next", "run_now", "delete"), OPERATE),
    "outboxcall": {"retry": OPERATE, "discard": OPERATE},
}
EACH = [(page, name) for page, actions in ACTIONS.items() for name in actions]
ASKED = [
    ("actor", "destroy"),
    ("queuedmessage", "requeue"),
    ("queuedmessage", "discard"),
    ("givenup", "discard"),
    ("plannedrun", "delete"),
    ("outboxcall", "retry"),
    ("outboxcall", "discard"),
]
ROWS = {
    "actor": "id-0000001",
    "queuedmessage": "id-0000001.1",
    "givenup": "id-0000001.2",
    "plannedrun": "id-0000001.1",
    "outboxcall": "1",
}


@pytest.fixture(autouse=True)
def rows(node: Any) -> None:
    actor = make(1)
    message(actor, 1)
    message(actor, 2, died_at=5, error="boom")
    schedule(actor, 1)
    hibernating(actor, "conn")
    call(1, failed_at=5, attempts=10, error="boom")


@pytest.fixture
def operator(login: Callable[..., Client]) -> Client:
    return login(LOOK, OPERATE, DESTROY)


def offered(page: Any) -> set[str]:
    """The actions in the list's menu."""
    menu = re.search(r'<select name="action".*?</select>', page.content.decode(), re.DOTALL)
    return set(re.findall(r'<option value="(\w+)"', menu.group())) if menu else set()


def act(client: Client, page: str, action: str, *references: str, **more: str) -> Any:
    data = {"action": action, "_selected_action": list(references) or [ROWS[page]], **more}
    return client.post(LISTS[page], data, follow=True)


def told(answer: Any) -> list[str]:
    return [str(one) for one in answer.context["messages"]]


def test_each_list_of_the_platform_is_known_here() -> None:
    ours = {model._meta.model_name for model in site._registry if model._meta.app_label == "actors"}
    assert ours == set(PAGES)


@pytest.mark.parametrize("page", [*PAGES, "audit"])
def test_a_list_opens_to_those_who_may_look(page: str, login: Callable[..., Client]) -> None:
    address = LISTS.get(page, AUDIT)
    assert Client().get(address).status_code == 302
    assert login().get(address).status_code == 403
    assert login(LOOK, staff=False).get(address).status_code == 302
    assert login(LOOK).get(address).status_code == 200
    assert login(OPERATE, DESTROY).get(address).status_code == 403


def test_the_index_names_the_lists_to_those_who_may_look(login: Callable[..., Client]) -> None:
    index = reverse("admin:index")
    seen, hidden = (login(*may).get(index).content.decode() for may in ([LOOK], []))
    for address in (*LISTS.values(), AUDIT):
        assert address in seen
        assert address not in hidden


@pytest.mark.parametrize("page", PAGES)
def test_actions_are_offered_to_those_who_may_and_to_nobody_while_all_may_only_look(
    page: str, login: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    actions = ACTIONS.get(page, {})
    for codename in (OPERATE, DESTROY):
        expected = {name for name, needed in actions.items() if needed == codename}
        assert offered(login(LOOK, codename).get(LISTS[page])) == expected
    assert offered(login(LOOK).get(LISTS[page])) == set()
    monkeypatch.setattr(current(), "config", replace(current().config, inspector_read_only=True))
    assert offered(login(LOOK, OPERATE, DESTROY).get(LISTS[page])) == set()


@pytest.mark.parametrize(("page", "action"), EACH)
def test_what_is_not_offered_cannot_be_posted(
    page: str, action: str, login: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    others = {LOOK, OPERATE, DESTROY} - {ACTIONS[page][action]}
    act(login(*others), page, action, sure="yes")
    monkeypatch.setattr(current(), "config", replace(current().config, inspector_read_only=True))
    act(login(LOOK, OPERATE, DESTROY), page, action, sure="yes")
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(("page", "action"), ASKED)
def test_what_cannot_be_undone_is_asked_again(page: str, action: str, operator: Client) -> None:
    text = act(operator, page, action).content.decode()
    assert "counter[key-1]" in text
    assert f'name="_selected_action" value="{ROWS[page]}"' in text
    assert 'name="sure" value="yes"' in text
    assert not AuditEntry.objects.exists()
    counts = [model.objects.count() for model in (Actor, Message, Schedule, OutboxCall)]
    assert counts == [1, 2, 1, 1]
    assert not OutboxCall.objects.filter(failed_at=None).exists()


async def stumble(actor: Actor) -> bool:
    """Work that goes wrong with some."""
    if actor.key == "key-3":
        raise error("actor.stopping")
    return actor.key != "key-4"


@pytest.fixture
def stumbling(monkeypatch: pytest.MonkeyPatch) -> None:
    doing = Doing("wake", "Wake", Deed.WAKE, stumble, lambda actor: {"key": actor.key})
    monkeypatch.setattr(OperatedActorAdmin, "doings", (doing,))


def test_it_is_told_what_was_done_what_was_refused_and_what_was_gone(
    operator: Client, stumbling: None
) -> None:
    for number in (2, 3, 4):
        make(number)
    make(5, destroyed_at=9)
    answer = act(operator, "actor", "wake", *(f"id-000000{number}" for number in range(1, 7)))
    done, *refused, gone = told(answer)
    assert done == "Wake: 2 done."
    assert sorted(one.split(": ")[1:3] for one in refused) == [
        ["counter[key-3]", "actor.stopping"],
        ["counter[key-4]", "there is no such thing any more, or somebody has it in hand."],
        ["counter[key-5]", "actor.not_found"],
    ]
    assert gone == "Wake: 1 are gone by now."
    entries = AuditEntry.objects.order_by("actor_id").values_list("actor_id", "deed", "outcome", "before")
    assert list(entries) == [
        ("id-0000001", "wake", "done", {"key": "key-1"}),
        ("id-0000002", "wake", "done", {"key": "key-2"}),
        ("id-0000003", "wake", "actor.stopping", {"key": "key-3"}),
        ("id-0000004", "wake", "nothing to do", {"key": "key-4"}),
    ]


def test_only_what_is_ticked_is_touched_whatever_else_is_posted(operator: Client, stumbling: None) -> None:
    make(2)
    act(operator, "actor", "wake", "id-0000002", select_across="1")
    assert [entry.actor_id for entry in AuditEntry.objects.all()] == ["id-0000002"]


def test_many_refusals_are_told_in_few_lines(operator: Client, stumbling: None) -> None:
    for number in range(2, 40):
        make(number, destroyed_at=number)
    answer = act(operator, "actor", "wake", *(f"id-{number:07}" for number in range(2, 40)))
    assert len(told(answer)) == 11
    assert told(answer)[-1] == "Wake: 28 more were refused."


def test_the_list_of_connections_says_which_ones_it_has_and_leads_to_them(operator: Client) -> None:
    page = operator.get(LISTS["waitingconn"]).content.decode()
    assert "Only connections that hibernate are here" in page
    assert '<a href="/inspector/actors/id-0000001/connections/">' in page
    assert "Only connections" not in operator.get(LISTS["node"]).content.decode()


def test_an_actors_page_shows_who_is_connected_or_where_that_is_known(operator: Client, node: Any) -> None:
    def shown(actor: Actor) -> str:
        page = operator.get(reverse("admin:actors_actor_change", args=[actor.pk])).content.decode()
        return page.partition("field-connected")[2]

    asleep = shown(Actor.objects.get())
    assert "Asleep, with their sockets open" in asleep
    assert "<td>conn</td>" in asleep
    assert '<a href="/inspector/actors/id-0000001/connections/">' in asleep
    assert "Nobody is connected" in shown(make(2))
    assert "at a node that does not answer" in shown(make(3, node_id=node.pk, connectable_at=1))


def test_a_call_that_was_given_up_begins_anew_or_goes_and_the_audit_says_which(operator: Client) -> None:
    call(2, failed_at=6, key="nobody")
    call(3)
    assert told(act(operator, "outboxcall", "retry", "1", "3", sure="yes")) == [
        "Try again: 1 done.",
        f"Try again: counter[key-1]: add 3: {NOT_GIVEN_UP}",
    ]
    revived = OutboxCall.objects.get(pk=1)
    assert (revived.failed_at, revived.attempts, revived.error) == (None, 0, None)
    assert told(act(operator, "outboxcall", "discard", "1", "2", sure="yes"))[0] == "Discard: 1 done."
    assert sorted(OutboxCall.objects.values_list("pk", flat=True)) == [1, 3]
    entries = AuditEntry.objects.order_by("-deed", "before__id")
    assert list(entries.values_list("deed", "actor_id", "actor", "before__id", "before__error")) == [
        ("retry call", "id-0000001", "counter[key-1]", 1, "boom"),
        ("retry call", "id-0000001", "counter[key-1]", 3, None),
        ("discard call", "id-0000001", "counter[key-1]", 1, None),
        ("discard call", "", "counter[nobody]", 2, None),
    ]


def test_the_audit_is_searched_by_actor_and_person_and_chosen_by_deed(operator: Client) -> None:
    for who, actor_id, deed in (("ada", "id-1", "wake"), ("bob", "id-2", "destroy")):
        AuditEntry.objects.create(who=who, actor_id=actor_id, actor=f"counter[{actor_id}]", deed=deed)
    for query in ({"q": "id-1"}, {"q": "ad"}, {"deed": "wake"}):
        page = operator.get(AUDIT, query).content.decode()
        assert "counter[id-1]" in page
        assert "counter[id-2]" not in page
