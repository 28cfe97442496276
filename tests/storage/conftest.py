"""A Postgres store over a proxy, whose connections a test can hold, cut and watch."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from actors.storage.postgres import PostgresStore
from tests.storage.proxy import Proxy, proxied


@pytest.fixture
async def proxy(postgres_url: str) -> AsyncIterator[Proxy]:
    async with proxied(postgres_url) as made:
        yield made


@pytest.fixture
async def store(proxy: Proxy) -> AsyncIterator[PostgresStore]:
    opened = PostgresStore(proxy.url)
    await opened.open()
    yield opened
    await opened.close()
