"""What was loaded before serving is not searched again. In a process of its own: it is for life."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc
from actors.gateway.collector import spare_what_is_loaded
before = len(gc.get_objects())
spare_what_is_loaded()
made = [[] for _ in range(10)]
print(before, len(gc.get_objects()))
"""


def test_only_what_is_made_while_serving_is_left_to_search() -> None:
    printed = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    before, left = map(int, printed.stdout.split())
    assert before > 1000
    assert left < before / 10
