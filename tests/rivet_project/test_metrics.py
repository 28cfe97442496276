"""The site's Prometheus numbers stand behind the doors of the actors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler

from actors.gateway.platform import Platform, current

ADDRESS = "/metrics"


@pytest.fixture
def platform() -> Iterator[Platform]:
    """The platform of this process, closed: no token, and not open to loopback either."""
    made = current()
    before = made.config
    made.config = replace(before, token=None, open_on_loopback=False)
    yield made
    made.config = before


@pytest.fixture
async def browser(settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """On the same machine as the site, at an address where no other test has guessed."""
    settings.ALLOWED_HOSTS = ["localhost"]
    transport: Any = httpx.ASGITransport(ASGIHandler(), client=("127.0.48.1", 9))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def status(browser: httpx.AsyncClient, **headers: str) -> int:
    answer = await browser.get(ADDRESS, headers=headers)
    assert ("django_http_requests" in answer.text) is (answer.status_code == 200)
    return answer.status_code


async def test_closed_doors_show_no_numbers(platform: Platform, browser: httpx.AsyncClient) -> None:
    assert await status(browser) == 403


@pytest.mark.django_db(transaction=True)
async def test_the_token_opens_them(platform: Platform, browser: httpx.AsyncClient) -> None:
    platform.config = replace(platform.config, token="s3cret")
    assert await status(browser) == 403
    assert await status(browser, authorization="Bearer guess") == 403
    assert await status(browser, authorization="Bearer s3cret") == 200


@pytest.mark.django_db(transaction=True)
async def test_a_loopback_peer_may_look_while_the_site_is_in_debug(
    platform: Platform, browser: httpx.AsyncClient
) -> None:
    platform.config = replace(platform.config, open_on_loopback=True)
    assert await status(browser) == 200
    assert await status(browser, **{"x-forwarded-for": "10.0.0.1"}) == 403
