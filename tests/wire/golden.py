"""The recorded vectors of RivetKit, and their notation for bytes, integers and JavaScript values."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from actors.protocol.values import UNDEFINED

VECTORS = Path(__file__).parent / "vectors"


class Unrepresentable(Exception):
    """A JavaScript value that Python has no counterpart for."""


def load(name: str) -> Any:
    """The vector file `name`, such as "client_protocol.json" or "live/ws_connect.json"."""
    return json.loads((VECTORS / name).read_text())


def snake(name: str) -> str:
    return re.sub("([A-Z])", lambda match: "_" + match.group(1).lower(), name)


def fields(node: Any) -> Any:
    """A message in codec notation as plain Python, its members in snake case."""
    if isinstance(node, list):
        return [fields(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$uint" in node:
        return int(node["$uint"])
    if "$data" in node:
        return bytes.fromhex(node["$data"])
    if "$map" in node:
        return dict(node["$map"])
    if node.keys() == {"tag", "val"}:
        return {"tag": node["tag"], "val": fields(node["val"])}
    return {snake(name): fields(item) for name, item in node.items()}


def js(node: Any) -> Any:
    """A JavaScript value in `{js: ...}` notation as the Python value that stands for it on our side."""
    if isinstance(node, list):
        return [js(item) for item in node]
    if not isinstance(node, dict):
        return node
    kind = node.get("js")
    if kind is None:
        members = {name: js(item) for name, item in node.items()}
        return {name: item for name, item in members.items() if item is not UNDEFINED}
    if kind.endswith("Array") and "values" in node:
        return [float(text) if "Float" in kind else int(text) for text in node["values"]]
    reader = _JS.get(kind)
    if reader is None:
        raise Unrepresentable(kind)
    return reader(node)


def _date(node: dict[str, Any]) -> datetime | None:
    return None if node["iso"] is None else datetime.fromisoformat(node["iso"])


_JS = {
    "undefined": lambda node: UNDEFINED,
    "bigint": lambda node: int(node["value"]),
    "number": lambda node: float(node["value"].replace("Infinity", "inf")),
    "Uint8Array": lambda node: bytes.fromhex(node["hex"]),
    "ArrayBuffer": lambda node: bytes.fromhex(node["hex"]),
    "Buffer": lambda node: bytes.fromhex(node["hex"]),
    "Date": _date,
    "Set": lambda node: set(js(node["values"])),
    "Map": lambda node: {js(key): js(item) for key, item in node["entries"]},
}


def same(left: Any, right: Any) -> bool:
    """Equality that tells 1 from 1.0 and True, takes NaN for equal, and allows dates half a millisecond."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, float):
        return left == right or (math.isnan(left) and math.isnan(right))
    if isinstance(left, datetime):
        return abs((left - right).total_seconds()) < 0.0005
    return bool(left == right)
