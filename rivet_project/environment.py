"""What the settings read from outside: environment variables, and the key kept in `.rivet/`."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

TRUE = frozenset({"1", "true", "yes", "on"})


def flag(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in TRUE


def words(name: str) -> list[str]:
    """A comma-separated variable as a list."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def secret_key(kept_in: Path, *, debug: bool) -> str:
    """SECRET_KEY of the environment; on a development machine one made once and kept in a file."""
    key = os.environ.get("SECRET_KEY")
    if key:
        return key
    if not debug:
        raise ImproperlyConfigured("Set SECRET_KEY to a long random text, or DEBUG=1 while developing.")
    if not kept_in.exists():
        kept_in.parent.mkdir(parents=True, exist_ok=True)
        _write_once(kept_in, get_random_secret_key())
    return kept_in.read_text()


def _write_once(path: Path, text: str) -> None:
    """Of several processes that start together the first one wins, and none reads half a file."""
    with NamedTemporaryFile("w", dir=path.parent) as file:
        file.write(text)
        file.flush()
        with suppress(FileExistsError):
            os.link(file.name, path)
