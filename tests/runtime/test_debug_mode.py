"""The tests of this folder once more under asyncio's debug mode, with every warning an error.

Not the slow ones: a hundred thousand rounds find nothing there that a hundred do not.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
COMPLAINT = re.compile(r"^asyncio: (?!Executing ).*", re.MULTILINE)
"""What the loop says of forgotten tasks and exceptions. That a step was slow is the machine's fault."""


@pytest.mark.slow
def test_the_runtime_is_clean_in_asyncios_debug_mode(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [
        *(sys.executable, "-W", "error", "-m", "pytest", "-q", "-x", "-W", "error", "-p", "no:cacheprovider"),
        *(f"--log-file={log}", "--log-file-level=WARNING", "--log-file-format=%(name)s: %(message)s"),
        *("-m", "not slow", f"--ignore={__file__}", str(FOLDER)),
    ]
    environment = {**os.environ, "PYTHONASYNCIODEBUG": "1"}
    environment["PYTEST_XDIST_WORKER"] = "debug"  # it makes a database of its own, on the same server
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    told = log.read_text()
    assert "actors.runtime" in told, "what the platform logs is in it, so what asyncio logs would be"
    assert COMPLAINT.findall(told) == []
