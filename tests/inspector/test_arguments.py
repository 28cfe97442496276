"""Arguments of an action as fields: what a person picks rather than types, and JSON for all else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from inspector.arguments import Field, fields_of


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@dataclass
class Order:
    item: str


def handler(  # noqa: PLR0913
    self: Any,
    count: int,
    name: str,
    size: Size,
    how: Literal["fast", 2] = 2,
    loud: bool = True,
    price: float = 0.5,
    order: Order = Order("tea"),  # noqa: B008
    note: str | None = None,
    *others: int,
) -> None: ...


def test_each_parameter_has_the_field_of_its_type_with_its_default() -> None:
    assert fields_of(handler) == [
        Field("count", "integer", "0", required=True),
        Field("name", "text", '""', required=True),
        Field("size", "choice", '"s"', required=True, choices=('"s"', '"l"')),
        Field("how", "choice", "2", required=False, choices=('"fast"', "2")),
        Field("loud", "boolean", "true", required=False),
        Field("price", "number", "0.5", required=False),
        Field("order", "json", '{"item":"tea"}', required=False),
        Field("note", "json", "null", required=False),
        Field("others", "json", "[]", required=False, rest=True),
    ]


def test_a_type_that_is_not_to_be_found_and_a_default_that_is_no_data_are_typed_as_json() -> None:
    def lost(self: Any, one: Nowhere = object(), two: int = 3) -> None: ...  # type: ignore[name-defined] # noqa: F821, B008

    assert [(one.kind, one.value) for one in fields_of(lost)] == [("json", "null"), ("json", "3")]
