"""Handles of these tests speak to a transport that only takes notes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actors.api import binding
from tests.api.support import NotingTransport


@pytest.fixture
def transport() -> Iterator[NotingTransport]:
    bound = list(binding._bound)
    noting = NotingTransport()
    binding.bind_transport(noting)
    yield noting
    binding._bound[:] = bound
