"""The demo site's settings as the type checker reads them: it needs a key, whatever the key is."""

from __future__ import annotations

import os

os.environ.setdefault("SECRET_KEY", "of no use to anybody")

from rivet_project.settings import *  # noqa: F403
