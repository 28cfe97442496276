"""`manage.py actors list|show|call|wake|destroy` beside a real server, as a person types them."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from actors.errors import ActorError
from actors.management.verbs import archives
from tests.databases import ROOT
from tests.servers import LiveServer


@pytest.fixture(scope="module", autouse=True)
def live(postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    server = LiveServer("uvicorn", tmp_path_factory.mktemp("verbs") / "log", {})
    server.start()
    yield server
    server.close()


@pytest.fixture
def actor() -> str:
    """The address of a counter that nobody has called yet."""
    return f"counter/{uuid4().hex}"


def manage(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(Path(ROOT) / "manage.py"), "actors", *words]
    return subprocess.run(command, input=typed, capture_output=True, text=True, check=False, timeout=120)


def said(*words: str, typed: str = "") -> str:
    """What a command that succeeds prints."""
    result = manage(*words, typed=typed)
    assert result.returncode == 0, result.stderr
    return result.stdout


def refused(*words: str, typed: str = "") -> str:
    """What a command that fails says: a line, and no traceback."""
    result = manage(*words, typed=typed)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    return result.stderr


def status(actor: str) -> str:
    shown: str = json.loads(said("show", actor, "--json"))["status"]
    return shown


def test_an_actor_is_made_called_shown_and_destroyed(actor: str) -> None:
    assert "With --create it is made." in refused("call", actor, "increment")
    assert said("call", actor, "increment", "5", "--create", "--json").strip() == "5"
    name, _, key = actor.partition("/")
    sheet = json.loads(said("show", actor, "--json"))
    assert (sheet["name"], sheet["key"], sheet["status"], sheet["state"]) == (name, key, "awake", 5)
    assert json.loads(said("list", name, "--key", key[:20], "--json"))[0]["id"] == sheet["id"]
    assert sheet["id"] in said("list", name, "--key", key)
    assert "Nothing has been done: " in refused("destroy", actor, typed="another\n")
    problem = refused("destroy", actor)
    assert "nobody could be asked" in problem and "--no-input does not ask" in problem
    assert "is gone" in said("destroy", actor, typed=f"{key}\n")
    assert f"There is no actor {actor}" in refused("show", actor)
    assert status(sheet["id"]) == "destroyed"
    assert said("list", name, "--key", key).strip() == "No actors."


def test_an_error_of_the_actor_has_its_name_and_what_to_do(actor: str) -> None:
    said("call", actor, "increment", "--create")
    problem = refused("call", actor, "decrement")
    assert "actor.action_not_found: Action `decrement` was not found. Check the spelling" in problem
    assert "write name/key" in refused("show", "counter")


def test_who_calls_a_paused_actor_is_told_that_the_call_waits(actor: str) -> None:
    said("call", actor, "increment", "--create")
    said("pause", actor)
    told = refused("call", actor, "increment", "--timeout", "0.5")
    assert f"{actor} is paused: the call waits until it is resumed, for 0.5 s at most." in told
    assert "command.timed_out" in told


def test_with_json_a_failure_is_one_object_on_standard_error(actor: str) -> None:
    result = manage("show", actor, "--json")
    assert (result.returncode, result.stdout) == (1, "")
    assert json.loads(result.stderr) == {
        "error": {
            "group": "actor",
            "code": "not_found",
            "message": f"There is no actor {actor}",
            "metadata": {"actor": actor},
            "hint": "`manage.py actors list` shows those that exist.",
        }
    }
    said("call", actor, "increment", "--create")
    told = json.loads(refused("call", actor, "decrement", "--json"))["error"]
    assert (told["group"], told["code"]) == ("actor", "action_not_found")
    for words in (("shw", actor, "--json"), ("show", "--json"), ("list", "--limit", "many", "--json")):
        result = manage(*words)
        told = json.loads(result.stderr)["error"]
        assert (result.returncode, told["group"], told["code"]) == (2, "command", "invalid")


def test_what_a_command_does_is_written_down(actor: str, tmp_path: Path, postgres_url: str) -> None:
    said("call", actor, "increment", "5", "--create")
    refused("call", actor, "decrement")
    for verb in ("sleep", "wake", "pause", "resume"):
        said(verb, actor)
    said("pause", actor, "--queues")
    file = str(tmp_path / "actor.json")
    said("export", actor, file)
    said("destroy", actor, "--no-input")
    said("import", file, "--as", f"{actor}-copy")
    name, _, key = actor.partition("/")
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute(
            "SELECT who, actor_id <> '', actor, deed, outcome FROM inspector_auditentry "
            "WHERE actor LIKE %s ORDER BY id",
            (f"{name}[{key}%",),
        ).fetchall()
    login = pwd.getpwuid(os.getuid()).pw_name
    assert {row[:2] for row in rows} == {(f"manage.py ({login})", True)}
    assert [row[2:] for row in rows] == [
        (f"{name}[{key}]", "call", "done"),
        (f"{name}[{key}]", "call", "actor.action_not_found"),
        (f"{name}[{key}]", "sleep", "done"),
        (f"{name}[{key}]", "wake", "done"),
        (f"{name}[{key}]", "pause actor", "done"),
        (f"{name}[{key}]", "resume actor", "done"),
        (f"{name}[{key}]", "pause consuming", "done"),
        (f"{name}[{key}]", "export", "done"),
        (f"{name}[{key}]", "destroy", "done"),
        (f"{name}[{key}-copy]", "import", "done"),
    ]


def test_commands_need_no_inspector(actor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said("call", actor, "increment", "--create")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.management.without_inspector")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    said("export", actor, str(tmp_path / "actor.json"))
    assert said("sleep", actor).endswith("goes to sleep\n")


def test_without_a_node_a_call_says_what_to_start(actor: str, live: LiveServer) -> None:
    said("call", actor, "increment", "--create")
    live.stop()
    try:
        assert "actors serve" in refused("wake", actor)
        assert status(actor) == "sleeping"
    finally:
        live.start()
    assert json.loads(said("wake", actor, "--json"))["done"] == "wake"
    assert status(actor) == "awake"


def test_an_actor_goes_to_a_file_and_comes_back(actor: str, tmp_path: Path) -> None:
    said("call", actor, "increment", "5", "--create")
    file = str(tmp_path / "actor.json")
    exported = json.loads(said("export", actor, file, "--json"))
    assert (exported["keys"], exported["messages"]) == (0, 0)
    assert said("call", actor, "increment", "2").strip() == "7"
    assert "--replace" in refused("import", file), "it lives, and is awake"
    said("import", file, "--replace")
    assert said("call", actor, "increment", "1").strip() == "6", "from where it was exported"
    copy = f"counter/{uuid4().hex}"
    assert json.loads(said("import", file, "--as", copy, "--json"))["id"] != exported["id"]


def test_who_follows_an_actor_sees_its_calls(actor: str) -> None:
    said("call", actor, "increment", "--create")
    words = [sys.executable, str(Path(ROOT) / "manage.py"), "actors", "tail", actor, "--interval", "0.2"]
    with subprocess.Popen([*words, "--json"], stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        lines = (json.loads(line) for line in following.stdout)
        try:
            # The nodes are asked before the tables: they listen by now.
            assert next(lines)["what"] == "status"
            assert said("call", actor, "increment", "5").strip() == "6"
            seen = {}
            while not {"call", "state"} <= set(seen) or seen["state"] != 6:
                line = next(lines)
                seen[line["what"]] = line["value"]
            assert seen["call"].startswith("increment ")
        finally:
            following.kill()
    assert "There are " in refused("tail", "nobody")
    assert said("tail", "counter", "--looks", "1") == ""


@pytest.mark.parametrize(("file", "reason"), [("bad.json", "no archive"), ("none.json", "No such file")])
def test_a_file_that_is_none_is_refused(tmp_path: Path, file: str, reason: str) -> None:
    (tmp_path / "bad.json").write_text("{}")
    options = {"file": str(tmp_path / file), "address": None, "replace": False, "json": False}
    with pytest.raises(ActorError, match=reason):
        archives.bring_in.handle(options)
