"""Values: our tagging, JSON and CBOR against RivetKit's, value by value."""

from __future__ import annotations

from typing import Any

import pytest

from actors.errors import ActorError
from actors.protocol import cbor, json, values
from actors.protocol.values import UNDEFINED
from tests.wire import golden
from tests.wire.golden import Unrepresentable, js, same

FILE = golden.load("json_compat.json")


def representable(notation: Any) -> bool:
    try:
        js(notation)
    except Unrepresentable:
        return False
    return True


CASES = [case for case in FILE["cases"] if representable(case["value"])]
UNSENDABLE = {
    "RegExp",
    "Error",
    "sparse array [ ,1]",
    "class instance Foo{a:1}",
    "function",
    "symbol",
    "WeakMap",
    "Promise",
}
"""No Python value stands for these."""


NOT_SENT_BACK = {"Float32Array", "Uint16Array", "Int8Array", "BigInt64Array", "Map", "ArrayBuffer", "bigint"}
"""These arrive as list, dict, bytes and int, which go back as what Python's types mean to JavaScript."""


def kinds(notation: Any) -> set[str]:
    """The JavaScript types that occur in a value."""
    if isinstance(notation, list):
        return set().union(*map(kinds, notation))
    if not isinstance(notation, dict):
        return set()
    return {notation.get("js", "")} | kinds(list(notation.values()))


def loses_undefined_members(case: dict[str, Any]) -> bool:
    """Python has no such members: they are dropped on arrival, so they cannot be sent again."""
    return isinstance(case["value"], dict) and any(
        isinstance(item, dict) and item.get("js") == "undefined" for item in case["value"].values()
    )


def label(case: dict[str, Any]) -> str:
    return str(case["value"])[:60]


SENT = [
    case
    for case in CASES
    if not (NOT_SENT_BACK.intersection(kinds(case["value"])) or loses_undefined_members(case))
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_reads_tagged_cbor_of_the_original(case: dict[str, Any]) -> None:
    assert same(cbor.decode(bytes.fromhex(case["encodeCborCompat_hex"])), received(case["value"]))


@pytest.mark.parametrize("case", [case for case in CASES if "$" not in str(case["value"])], ids=label)
def test_reads_untagged_cbor_of_the_original(case: dict[str, Any]) -> None:
    assert same(cbor.decode(bytes.fromhex(case["raw_cbor_x_hex"])), received(case["value"]))


def received(notation: Any) -> Any:
    """What arrives of a JavaScript value."""
    return without_sign(js(notation))


def without_sign(value: Any) -> Any:
    """cbor-x writes -0 as the integer 0, Python keeps the float."""
    return 0 if type(value) is float and value == 0 else value


@pytest.mark.parametrize(
    "case", [case for case in CASES if isinstance(case["jsonStringifyCompat"], str)], ids=label
)
def test_reads_json_of_the_original(case: dict[str, Any]) -> None:
    assert same(json.decode(case["jsonStringifyCompat"]), js(case["json_roundtrip"]))


@pytest.mark.parametrize("case", SENT, ids=label)
def test_sends_the_cbor_of_the_original(case: dict[str, Any]) -> None:
    ours = cbor.load(cbor.encode(js(case["value"])))
    assert same(without_sign(ours), cbor.load(bytes.fromhex(case["encodeCborCompat_hex"])))


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in SENT
        if isinstance(case["jsonStringifyCompat"], str)
        and not {"Set", "undefined", "Buffer", "number"}.intersection(kinds(case["value"]))
    ],
    ids=label,
)
def test_sends_the_json_of_the_original(case: dict[str, Any]) -> None:
    assert json.encode(js(case["value"])).decode() == case["jsonStringifyCompat"]


@pytest.mark.parametrize(
    ("number", "tagged"),
    [
        (2**53, False),
        (2**53 + 1, True),
        (-(2**53), False),
        (-(2**53) - 1, True),
        (2**64, True),
        (10**22, True),
    ],
)
def test_an_integer_is_a_number_until_javascript_would_round_it(number: int, tagged: bool) -> None:
    expected = ["$BigInt", str(number)] if tagged else number
    assert values.encode_json(number) == expected
    assert cbor.load(cbor.encode(number)) == (expected if tagged else float(number))


def test_json_keeps_what_the_original_loses() -> None:
    value = {"ids": {1, 2}, "blob": b"\x01", "nothing": [UNDEFINED]}
    assert json.decode(json.encode(value)) == value


@pytest.mark.parametrize("case", FILE["revive"], ids=lambda case: case["json"])
def test_revives_as_the_original(case: dict[str, Any]) -> None:
    if isinstance(case["revived"], dict) and "throws" in case["revived"]:
        with pytest.raises(ActorError) as caught:
            json.decode(case["json"])
        assert caught.value.name == "protocol.malformed"
    else:
        assert same(json.decode(case["json"]), js(case["revived"]))


@pytest.mark.parametrize("case", FILE["cbor_decode"], ids=lambda case: case["cbor_hex"])
def test_decodes_cbor_as_the_original(case: dict[str, Any]) -> None:
    expected = js(case["decodeCborCompat"])
    if case["cbor_hex"] == "b9000105f6":
        expected = {5: None}  # a Python dict keeps integer keys, a JavaScript object makes text of them
    assert same(cbor.decode(bytes.fromhex(case["cbor_hex"])), expected)


def test_what_is_left_out_is_named() -> None:
    left_out = {case["value"]["js"] for case in FILE["cases"] if not representable(case["value"])}
    assert left_out == UNSENDABLE
