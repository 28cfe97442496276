"""Keys as folders: each level once, whatever lies below it, page by page and along the index."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from actors.models import KvEntry
from inspector import kv
from inspector.kv_folders import level, steps
from tests.face.test_admin import sequential_scans
from tests.inspector.rows import make

pytestmark = pytest.mark.django_db


def keep(actor: object, *keys: bytes) -> None:
    KvEntry.objects.bulk_create([KvEntry(actor=actor, key=key, value=b"v") for key in keys])


def names(prefix: bytes = b"", by: bytes = b"/", after: bytes | None = None, most: int = 99) -> list[bytes]:
    return [child.name for child in level("id-0000001", prefix, by, after, most)]


def test_a_level_has_each_folder_once_between_the_keys() -> None:
    keep(make(1), b"a", b"a/", b"a/1", b"a/b/1", b"a/b/2", b"a0", b"b/1", b"z//x", b"\xff", b"\xff/1")
    keep(make(2), b"other/1")
    assert names() == [b"a", b"a/", b"a0", b"b/", b"z/", b"\xff", b"\xff/"]
    assert names(b"a/") == [b"a/", b"a/1", b"a/b/"]
    assert names(b"a/b/") == [b"a/b/1", b"a/b/2"]
    assert names(b"z/") == [b"z//"]
    assert names(b"a") == [b"a", b"a/", b"a0"], "a prefix need not end a folder"
    assert [child.folder for child in level("id-0000001", b"a/", b"/", None, 9)] == [False, False, True]
    assert names(b"q") == []


@pytest.mark.parametrize("by", [b"/", b"::", b"\xff", b"\xff\xff"])
def test_a_level_is_whole_page_by_page(by: bytes) -> None:
    keep(
        make(1), *(by.join([b"p", b"%d" % number, b"x"]) for number in range(7)), b"p" + by, b"p" + by + b"k"
    )
    prefix = b"p" + by
    whole, after = names(prefix, by), None
    assert len(whole) == 9
    for child in whole:
        assert names(prefix, by, after, 1) == [child]
        after = child
    assert names(prefix, by, after) == []


def test_the_way_to_a_folder() -> None:
    assert steps(b"", b"/") == []
    assert steps(b"a", b"/") == []
    assert steps(b"a/b/", b"/") == [b"a/", b"a/b/"]
    assert steps(b"a::b", b"::") == [b"a::"]


def test_the_tab_opens_a_folder_by_its_address(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = make(1)
    keep(actor, b"top", *(b"a/%d/x" % number for number in range(5)), b"a/<key>")
    KvEntry.objects.create(actor=actor, key=b"a/gone", value=b"", expires_at=1)
    monkeypatch.setattr(kv, "PAGE", 4)

    def shown(**query: str) -> str:
        return viewer.get(reverse("inspector:kv", args=[actor.pk]), query).content.decode()

    def rows(page: str) -> list[str]:
        return re.findall(r'<tr data-key="([^"]*)"', page)

    assert rows(shown(by="/")) == ["a/", "top"]
    page = shown(by="/", prefix="a/")
    assert rows(page) == ["a/0/", "a/1/", "a/2/", "a/3/"]
    assert 'href="?by=/&amp;prefix=a/0/"' in page
    assert 'href="?by=/&amp;prefix=a/&amp;after=a/3/"' in page
    assert rows(shown(by="/", prefix="a/", after="a/3/")) == ["a/4/", "a/&lt;key&gt;"]
    assert rows(shown(by="0x00", prefix="0x612f")) == ["a/0/x", "a/1/x", "a/2/x", "a/3/x"]


def test_a_delimiter_of_no_bytes_is_refused_with_a_word(viewer: Client) -> None:
    answer = viewer.get(reverse("inspector:kv", args=[make(1).pk]), {"by": "0x"})
    assert answer.status_code == 400
    assert "at least one byte" in answer.content.decode()


def test_a_folder_of_many_keys_costs_what_a_key_does(viewer: Client) -> None:
    actor = make(1)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO actors_kv (actor_id, key, value)
            SELECT %s, convert_to((n %% 3) || '/' || n, 'UTF8'), '' FROM generate_series(1, 50000) AS n;
            ANALYZE actors_kv
            """,
            [actor.pk],
        )
    with CaptureQueriesContext(connection) as captured:
        page = viewer.get(reverse("inspector:kv", args=[actor.pk]), {"by": "/"}).content.decode()
    assert re.findall(r'<tr data-key="([^"]*)"', page) == ["0/", "1/", "2/"]
    (asked,) = [one["sql"] for one in captured if "RECURSIVE" in one["sql"]]
    assert not list(sequential_scans(asked))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF, COSTS OFF) {asked}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert all(float(rows) <= 4 for rows in re.findall(r"actual rows=([\d.]+)", plan)), plan
