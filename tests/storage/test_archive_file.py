"""An archive as a file: every one comes back as it was, and what is none is refused in words."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from actors.errors import ActorError
from actors.protocol.keys import serialize_key
from actors.storage.archive import Archive
from actors.storage.archive_file import dump, load
from tests.contract.test_archives import FULL, archives


@given(archives.filter(lambda one: len(one.key) < 9))
def test_an_archive_comes_back_as_it_was(archive: Archive) -> None:
    sound = replace(archive, key=serialize_key((archive.key,)))
    assert load(dump(sound, 5)) == sound


def test_the_form_is_that_of_the_first_release() -> None:
    """What has been exported once must stay readable: a change of this text needs another version."""
    told = json.loads(dump(FULL, 77))
    assert list(told) == ["format", "version", "exported_at", "actor"]
    assert (told["format"], told["version"], told["exported_at"]) == ("rivet-actor", 1, 77)
    assert list(told["actor"]) == [
        "actor_id", "name", "key", "crash_policy", "input", "created_at", "started_at", "revision", "state",
        "kv", "queue", "schedules",
    ]  # fmt: skip
    assert told["actor"]["kv"][1] == {"key": "Yg==", "value": "Mg==", "expires_at": 900}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda told: told.update(version=2), "version 2"),
        (lambda told: told.update(format="other"), "format"),
        (lambda told: told["actor"].pop("state"), "state"),
        (lambda told: told["actor"].update(actor_id="me"), "id"),
        (lambda told: told["actor"].update(key="a\\"), "key"),
        (lambda told: told["actor"].update(key="x" * 2000), "Key label too large"),
        (lambda told: told["actor"]["kv"][0].update(key="?"), "base64"),
        (lambda told: told["actor"]["queue"].update(last_id="9"), "last_id"),
    ],
)
def test_what_is_no_archive_is_refused_with_the_reason(change: Any, reason: str) -> None:
    told = json.loads(dump(FULL, 77))
    change(told)
    with pytest.raises(ActorError, match=reason) as refused:
        load(json.dumps(told).encode())
    assert refused.value.name in ("actor.invalid_request", "actor.key_too_large")


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused_too(text: bytes) -> None:
    with pytest.raises(ActorError, match="no archive"):
        load(text)
