"""What Postgres can hold as text, and what becomes of what it cannot."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import ActorError
from actors.storage.store import ClaimRequest, NewActor
from actors.storage.text import check_claim, check_text, clean


def test_ordinary_text_passes() -> None:
    check_text(None, "", "lobby", "é/🚀", "\x01\x7f", "\uffff")


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "ok\udfff"])
def test_nul_and_lone_surrogates_do_not(text: str) -> None:
    for bad in (
        ClaimRequest(actor_id=text),
        ClaimRequest(name="a", key=text),
        ClaimRequest(new=NewActor("id", text, "key")),
    ):
        with pytest.raises(ActorError) as caught:
            check_claim(bad)
        assert caught.value.name == "actor.invalid_request"
        caught.value.message.encode()  # what is said about it can be sent


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.binary(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(codec=None)), inner) | st.tuples(inner)
    ),
)


@given(values)
def test_anything_cleaned_is_a_document_that_postgres_takes(value: object) -> None:
    text = json.dumps(clean(value), allow_nan=False, ensure_ascii=False)
    assert "\0" not in text
    assert "\\u0000" not in json.dumps(clean(value))
    text.encode()


def test_what_is_storable_stays_as_it_is() -> None:
    report = {"message": "é 🚀", "list": [1, 2.5, None, True], "map": {"a": {"b": "c"}}}
    assert clean(report) == report
