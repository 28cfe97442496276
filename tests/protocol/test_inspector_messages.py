"""The inspector's messages by property: whatever is written is read, and nothing that is read can hurt."""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import ActorError
from actors.protocol import inspector_answers as answers
from actors.protocol import inspector_requests as requests
from actors.protocol import inspector_shapes as shapes

UINT = st.integers(0, 2**64 - 1)
BYTES, TEXT = st.binary(max_size=20), st.text(max_size=20)
_BASIC = {int: UINT, bytes: BYTES, str: TEXT}


def messages(module: Any) -> st.SearchStrategy[Any]:
    """Any message of one direction."""
    found = [
        cls
        for cls in vars(module).values()
        if isinstance(cls, type) and issubclass(cls, msgspec.Struct) and cls.__module__ == module.__name__
    ]
    return st.one_of([built(cls) for cls in found])


def built(cls: type[Any]) -> st.SearchStrategy[Any]:
    kinds = {item.name: item.type for item in msgspec.structs.fields(cls)}
    return st.builds(cls, **{name: values(kind) for name, kind in kinds.items()})


def values(kind: Any) -> st.SearchStrategy[Any]:
    if get_origin(kind) is Annotated:
        return values(get_args(kind)[0])
    if kind is Any:
        return st.one_of([built(event) for event in (shapes.ActionEvent, shapes.SubscribeEvent)])
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return built(kind)
    if get_origin(kind) is list:
        return st.lists(values(get_args(kind)[0]), max_size=3)
    if type(None) in get_args(kind):
        return st.none() | values(get_args(kind)[0])
    return st.booleans() if kind is bool else _BASIC[kind]


@given(message=messages(answers), version=st.sampled_from(shapes.VERSIONS))
def test_an_answer_comes_back_as_that_version_can_say_it(message: Any, version: int) -> None:
    sent = answers.in_version(version, message)
    frame = answers.TO_CLIENT.encode(sent, version)
    decoded, told = answers.TO_CLIENT.decode(frame)
    assert told == version
    assert answers.TO_CLIENT.encode(decoded, version) == frame
    assert type(decoded) is type(sent)
    if not isinstance(sent, answers.Init):
        assert decoded == sent


@given(message=messages(requests), version=st.sampled_from(shapes.VERSIONS))
def test_a_request_comes_back_or_does_not_exist(message: Any, version: int) -> None:
    try:
        payload = requests.TO_SERVER.encode_payload(message, version)
    except KeyError:
        return
    assert requests.TO_SERVER.decode_payload(payload, version) == message


@given(payload=st.binary(max_size=200), version=st.sampled_from(shapes.VERSIONS))
def test_any_bytes_are_a_message_or_refused(payload: bytes, version: int) -> None:
    for codec in (requests.TO_SERVER, answers.TO_CLIENT):
        try:
            codec.decode_payload(payload, version)
        except ActorError as refused:
            assert refused.name == "protocol.malformed"


def test_what_is_cut_off_says_so() -> None:
    with pytest.raises(ActorError) as caught:
        requests.TO_SERVER.decode_payload(b"", 6)
    assert caught.value.metadata["reason"] == "unexpected end of input"
