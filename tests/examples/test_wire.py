"""The pages' `wire.js` against texts that the official client's own code wrote."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.databases import ROOT

VECTORS = ROOT / "tests" / "wire" / "vectors" / "json_compat.json"


def test_values_survive_reading_and_writing(node_bin: Path, node_project: Path) -> None:
    cases = json.loads(VECTORS.read_text())["cases"]
    written = [case["jsonStringifyCompat"] for case in cases]
    texts = [text for text in written if isinstance(text, str) and "$Undefined" not in text]
    assert len(texts) > 50
    for text, again in zip(texts, _again(node_bin, node_project, texts), strict=True):
        assert isinstance(again, str), f"{text} was refused: {again}"
        assert json.loads(again) == json.loads(text)


def test_tags_that_nobody_knows_are_refused(node_bin: Path, node_project: Path) -> None:
    assert _again(node_bin, node_project, ['["$Nobody", 1]', '["$BigInt", "x"]', "["]) == [
        {"throws": "TypeError"},
        {"throws": "SyntaxError"},
        {"throws": "SyntaxError"},
    ]


def _again(node: Path, project: Path, texts: list[str]) -> list[Any]:
    done = subprocess.run(
        [str(node), str(project / "drivers" / "wire.mjs")],
        env={**os.environ, "TEXTS": json.dumps(texts), "ENDPOINT": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    results: list[Any] = json.loads(done.stdout.splitlines()[-1])["result"]
    return results
