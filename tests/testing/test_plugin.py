"""The plugin in a project of its own, which has the package installed: seen from pytest's command line."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.databases import ROOT

SETTINGS = """
SECRET_KEY = "s" * 60
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "actors"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "never_connected_to"}}
ACTORS = {"MAX_INCOMING_MESSAGE": 100}
"""
TESTS = """
import pytest
from actors import Actor, ActorError, action

class Tally(Actor):
    state: int

    @action
    async def add(self, note: str = "") -> int:
        self.state += 1
        return self.state

@pytest.mark.asyncio
async def test_async(actors):
    assert await Tally.actors.get_or_create("a").add() == 1
    await actors.advance(3600)
    assert actors.awake == []

def test_sync(actors):
    assert Tally.actors.get_or_create("a").add().result() == 1

def test_the_settings_of_the_project_hold(actors):
    with pytest.raises(ActorError, match="incoming_too_long"):
        Tally.actors.get_or_create("a").add("x" * 200).result()
"""
MISTAKE = """
import pytest

@pytest.mark.actors(store="disk")
def test_a_store_that_does_not_exist(actors):
    pass
"""


class Project:
    """A folder with settings and tests, and a site folder in which the package counts as installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "settings.py").write_text(SETTINGS)
        (folder / "test_tally.py").write_text(TESTS)
        plugins = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
        metadata = folder / "site" / "rivet_actors_django-0.1.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: rivet-actors-django\nVersion: 0.1.0\n"
        )
        entries = [f"{name} = {module}" for name, module in plugins.items()]
        (metadata / "entry_points.txt").write_text("\n".join(["[pytest11]", *entries]))

    def pytest(self, *words: str) -> subprocess.CompletedProcess[str]:
        variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(self.folder / "site"), str(self.folder)]),
            "DJANGO_SETTINGS_MODULE": "settings",
        }
        line = [sys.executable, "-m", "pytest", "-p", "no:valkey", "-p", "no:cacheprovider", *words]
        return subprocess.run(
            line, cwd=self.folder, env=variables, capture_output=True, text=True, check=False
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_an_installed_package_brings_the_fixture(project: Project) -> None:
    run = project.pytest()
    assert "3 passed" in run.stdout, run.stdout + run.stderr


def test_a_project_may_list_the_plugin_as_well(project: Project) -> None:
    (project.folder / "conftest.py").write_text('pytest_plugins = ["actors.testing.pytest"]\n')
    run = project.pytest("-k", "test_sync")
    assert "1 passed" in run.stdout, run.stdout + run.stderr


def test_tests_that_are_not_async_need_no_pytest_asyncio(project: Project) -> None:
    run = project.pytest("-k", "test_sync", "-p", "no:asyncio")
    assert "1 passed" in run.stdout, run.stdout + run.stderr


def test_a_store_that_does_not_exist_is_refused_by_name(project: Project) -> None:
    (project.folder / "test_mistake.py").write_text(MISTAKE)
    run = project.pytest()
    assert "takes memory, postgres, both, not 'disk'" in run.stdout + run.stderr
