"""What a server has loaded before its first request. In a process of its own: it is for life."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
import gc, sys
import django
django.setup()
from actors.gateway.loading import load_site
assert load_site()
print("inspector.screens" in sys.modules, "actors.gateway.actors_api" in sys.modules, gc.get_freeze_count())
"""


def test_no_request_waits_for_code_to_be_loaded() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "rivet_project.settings", "DEBUG": "1"}
    command = [sys.executable, "-c", PROGRAM]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    pages, doors, spared = printed.split()
    assert (pages, doors) == ("True", "True")
    assert int(spared) > 100_000
