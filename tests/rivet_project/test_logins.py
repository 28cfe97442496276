"""Passwords are not guessed at the login page: an address that fails too often is refused, others are not."""

from __future__ import annotations

import secrets

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import AsyncClient, Client

FAILURES = settings.AXES_FAILURE_LIMIT
LOGIN = "/admin/login/"
PASSWORD = "correct horse"


@pytest.fixture
def ada(db: None, redis_url: str) -> str:
    name = f"ada-{secrets.token_hex(4)}"
    get_user_model().objects.create_user(name, password=PASSWORD, is_staff=True)
    return name


@pytest.fixture
def address() -> str:
    """Of a test of its own: what failed is remembered for minutes."""
    return f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.{secrets.randbelow(256)}"


def log_in(name: str, password: str, address: str) -> HttpResponse:
    return Client().post(LOGIN, {"username": name, "password": password}, REMOTE_ADDR=address)


def test_an_address_that_fails_too_often_is_refused_and_no_other(ada: str, address: str) -> None:
    failed = [log_in(ada, "guess", address).status_code for _ in range(FAILURES)]
    assert failed == [200] * (FAILURES - 1) + [429], "the page again, with what was wrong"
    refused = log_in(ada, PASSWORD, address)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "300")
    assert log_in(ada, PASSWORD, f"{address}9"[-15:]).status_code == 302


def test_names_are_not_tried_one_after_the_other_either(ada: str, address: str) -> None:
    for number in range(FAILURES):
        log_in(f"nobody-{number}", "guess", address)
    assert log_in(ada, PASSWORD, address).status_code == 429


def test_a_login_makes_good_for_those_that_failed(ada: str, address: str) -> None:
    for _ in range(2):
        for _ in range(FAILURES - 1):
            log_in(ada, "guess", address)
        assert log_in(ada, PASSWORD, address).status_code == 302


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_the_address_is_the_clients_own(redis_url: str) -> None:
    mine = f"2001:db8:{secrets.token_hex(2)}:1::"
    client = AsyncClient(REMOTE_ADDR=mine)
    wrong = {"username": "nobody", "password": "guess"}
    answers = [(await client.post(LOGIN, wrong)).status_code for _ in range(FAILURES + 1)]
    assert set(answers[-2:]) == {429}
