"""What Python values travel as, over json and cbor alike."""

from __future__ import annotations

import dataclasses
import enum
from collections import OrderedDict, defaultdict
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import ActorError
from actors.protocol import cbor, json, values
from actors.protocol.values import UNDEFINED
from tests.wire.golden import same


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Message:
    author: str
    seen_by: set[str]


class Move(msgspec.Struct, tag=True, rename="camel"):
    from_square: str
    taken: Any = msgspec.UNSET


class Text(str):
    """A subclass, as Django makes them."""


BLOB = ["$Uint8Array", "AQI="]
NOON = datetime(2026, 4, 22, 12, 0, 0, 123_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "tree"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        ("text", "text"),
        (b"\x01\x02", BLOB),
        (bytearray(b"\x01\x02"), BLOB),
        pytest.param(memoryview(b"\x01\x02"), BLOB, id="memoryview"),
        (UNDEFINED, ["$Undefined", 0]),
        ({3, 1, 2}, ["$Set", [1, 2, 3]]),
        (frozenset({b"\x01\x02"}), ["$Set", [BLOB]]),
        ((1, "a"), [1, "a"]),
        (Point(1, 2), [1, 2]),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Decimal("1.10"), "1.10"),
        (date(2026, 4, 22), "2026-04-22"),
        (time(12, 30), "12:30:00"),
        (timedelta(minutes=1.5), 90.0),
        (Message("ann", {"bob"}), {"author": "ann", "seen_by": ["$Set", ["bob"]]}),
        (Move("e4"), {"type": "Move", "fromSquare": "e4"}),
        (Move("e4", b"\x01\x02"), {"type": "Move", "fromSquare": "e4", "taken": BLOB}),
        (Text("$x"), "$x"),
        (SafeString("<b>"), "<b>"),
        (defaultdict(list, a=[1]), {"a": [1]}),
        (OrderedDict(a=1), {"a": 1}),
        ({7: "a", 2.5: "b", None: "c", True: "d"}, {"7": "a", "2.5": "b", "null": "c", "true": "d"}),
        ({UUID(int=1): 1, Colour.RED: 2}, {"00000000-0000-0000-0000-000000000001": 1, "red": 2}),
        (["$x", 1], ["$$x", 1]),
        ([Text("$x"), 1], ["$$x", 1]),
        ([Colour.RED, b"\x01\x02"], ["red", BLOB]),
        (["$x"], ["$x"]),
        (["$x", 1, 2], ["$x", 1, 2]),
        ([["$BigInt", "5"], {"k": ("$y", {1})}], [["$$BigInt", "5"], {"k": ["$$y", ["$Set", [1]]]}]),
    ],
    ids=repr,
)
def test_a_value_becomes_the_same_tree_in_both_encodings(value: Any, tree: Any) -> None:
    assert values.encode_json(value) == tree
    assert values.encode_cbor(value) == tree


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOON, "2026-04-22T12:00:00.123Z"),
        (NOON.replace(microsecond=0), "2026-04-22T12:00:00.000Z"),
        (NOON.replace(microsecond=5), "2026-04-22T12:00:00.000005Z"),
        (NOON.astimezone(timezone(timedelta(hours=2))), "2026-04-22T12:00:00.123Z"),
        (NOON.replace(tzinfo=None), "2026-04-22T12:00:00.123Z"),
    ],
)
def test_a_moment_is_text_in_json_and_a_date_in_cbor(moment: datetime, text: str) -> None:
    assert values.encode_json([moment]) == [text]
    assert datetime.fromisoformat(text) == (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    assert same(cbor.decode(cbor.encode(moment)), datetime.fromisoformat(text))


def test_a_short_date_is_an_integer_of_seconds() -> None:
    assert cbor.encode(datetime(1970, 1, 1, tzinfo=UTC)).hex() == "c100"
    assert cbor.encode(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)).hex() == "c1fbbff0000000000000"


@pytest.mark.parametrize("plain", [[1, "a", None, [2.5, {"k": [True]}]], {"a": {"b": [1, 2, 3]}}])
def test_a_plain_tree_is_not_copied(plain: Any) -> None:
    assert values.encode_json(plain) is plain
    assert values.encode_cbor(plain) is plain


def test_encoding_leaves_the_value_as_it_was() -> None:
    value = {"set": {1}, "list": [b"\x01", ["$x", 1]], "big": 2**60}
    before = repr(value)
    json.encode(value)
    cbor.encode(value)
    assert repr(value) == before


@pytest.mark.parametrize("value", [object(), 1j, lambda: None, Message, {(1, 2): 3}, [object()]])
def test_what_cannot_travel_is_named(value: Any) -> None:
    for encode in (json.encode, cbor.encode):
        with pytest.raises(ActorError) as caught:
            encode(value)
        assert caught.value.name == "protocol.not_serializable"


def test_the_type_that_cannot_travel_is_in_the_message() -> None:
    with pytest.raises(ActorError, match=r"builtins\.complex"):
        json.encode({"a": [1j]})


@pytest.mark.parametrize("encode", [json.encode, cbor.encode])
def test_cycles_and_surrogates_are_errors_like_others(encode: Any) -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    for value in (cycle, "\ud800", {"\ud800": 1}, 10**5000):
        with pytest.raises(ActorError) as caught:
            encode(value)
        assert caught.value.name == "protocol.not_serializable"


def test_undefined_is_kept_in_lists_and_dropped_from_objects() -> None:
    text = '[["$Undefined",0],{"a":["$Undefined",0],"b":1},["$Set",[["$Undefined",0]]]]'
    assert json.decode(text) == [UNDEFINED, {"b": 1}, {UNDEFINED}]
    assert cbor.decode(bytes.fromhex("82f7a16161f7")) == [UNDEFINED, {}]
    assert not UNDEFINED


def test_a_set_of_objects_arrives_as_a_list() -> None:
    assert json.decode('["$Set",[{"a":1},[2]]]') == [{"a": 1}, [2]]


def test_javascripts_large_numbers_arrive_as_integers() -> None:
    stamp = cbor.decode(cbor.encode(1_795_424_018_010))
    assert (stamp, type(stamp)) == (1_795_424_018_010, int)
    assert cbor.encode(stamp)[:1] == b"\xfb"
    assert type(cbor.decode(cbor.encode(1.0))) is float
    assert type(cbor.decode(cbor.encode(2.0**60))) is float


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: abs(x) < 2**32)
    | st.text()
    | st.binary()
    | st.just(UNDEFINED)
    | st.sampled_from(["$", "$$", "$BigInt", "$Set", "$x"])
)
hashable = st.integers() | st.text() | st.binary()
trees = st.recursive(
    leaves | st.sets(hashable, max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(), inner.filter(lambda item: item is not UNDEFINED), max_size=4)
    ),
    max_leaves=20,
)


@given(trees)
def test_values_come_back_from_json(value: Any) -> None:
    assert json.decode(json.encode(value)) == value


@given(trees)
def test_values_come_back_from_cbor(value: Any) -> None:
    assert cbor.decode(cbor.encode(value)) == value


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_bytes_decode_or_are_malformed(data: bytes) -> None:
    for decode in (json.decode, cbor.decode):
        try:
            decode(data)
        except ActorError as exc:
            assert exc.name == "protocol.malformed"


@given(trees.map(cbor.encode), st.data())
def test_damaged_cbor_decodes_or_is_malformed(data: bytes, draw: st.DataObject) -> None:
    place = draw.draw(st.integers(0, len(data) - 1))
    damaged = data[:place] + bytes((draw.draw(st.integers(0, 255)),)) + data[place + 1 :]
    try:
        cbor.decode(damaged)
    except ActorError as exc:
        assert exc.name == "protocol.malformed"
