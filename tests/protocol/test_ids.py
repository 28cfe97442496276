"""Ids that we make have the form of issued ones."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import ActorError
from actors.protocol.ids import actor_id_bytes, actor_id_text, is_actor_id, new_actor_id


def test_a_new_id_is_a_version_byte_a_random_uuid_and_a_label() -> None:
    data = actor_id_bytes(new_actor_id(label=258))
    uuid = UUID(bytes=data[1:17])
    assert (data[0], uuid.version, uuid.variant, data[17:]) == (1, 4, "specified in RFC 4122", b"\x01\x02")


def test_new_ids_differ_and_end_like_the_originals() -> None:
    ids = {new_actor_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(actor_id) == 30 and actor_id.endswith("l00") for actor_id in ids)


@given(st.binary(min_size=18, max_size=18))
def test_bytes_come_back(rest: bytes) -> None:
    assert actor_id_bytes(actor_id_text(b"\x01" + rest)) == b"\x01" + rest


@pytest.mark.parametrize(
    "text", ["", "zzz", "1" * 30, "z" * 30, "A" * 30, "1" * 27 + "l00" + "0", "é" * 30, "1g" + "/" * 28]
)
def test_other_text_is_no_id(text: str) -> None:
    assert not is_actor_id(text)
    with pytest.raises(ActorError) as caught:
        actor_id_bytes(text)
    assert caught.value.name == "api.bad_request"


@given(st.text(max_size=32))
def test_any_text_is_an_id_or_not(text: str) -> None:
    assert is_actor_id(text) in (True, False)
