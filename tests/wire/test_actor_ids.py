"""actors.protocol.ids against ids that the original engine issued."""

from __future__ import annotations

from typing import Any

import pytest

from actors.protocol.ids import actor_id_bytes, actor_id_text, is_actor_id
from tests.wire import golden


@pytest.mark.parametrize("case", golden.load("actor_ids.json")["ids"], ids=lambda case: case["id"])
def test_reads_and_writes_issued_ids(case: dict[str, Any]) -> None:
    assert is_actor_id(case["id"])
    assert actor_id_bytes(case["id"]).hex() == case["bytes_hex"]
    assert actor_id_text(bytes.fromhex(case["bytes_hex"])) == case["id"]
