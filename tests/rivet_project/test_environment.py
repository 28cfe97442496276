"""What the demo site's settings read from outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from rivet_project.environment import flag, secret_key, words


@pytest.fixture(autouse=True)
def no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("Yes ", True), ("", False), ("0", False), ("false", False)]
)
def test_a_flag(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("SOME_FLAG", text)
    assert flag("SOME_FLAG") is value


def test_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_WORDS", " a.example, b.example,,")
    assert words("SOME_WORDS") == ["a.example", "b.example"]
    assert words("SOME_ABSENT_WORDS") == []


def test_a_development_key_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "home" / "secret-key"
    key = secret_key(path, debug=True)
    assert len(key) >= 50
    assert secret_key(path, debug=True) == key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret-key"]


def test_the_key_of_the_environment_wins_and_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "given")
    assert secret_key(tmp_path / "secret-key", debug=True) == "given"
    assert not (tmp_path / "secret-key").exists()


def test_without_debug_a_key_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="Set SECRET_KEY"):
        secret_key(tmp_path / "secret-key", debug=False)
