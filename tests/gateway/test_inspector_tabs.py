"""An author's own tabs: their files, for everybody and of that folder alone, and where they are announced."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from actors.errors import ActorError
from actors.gateway.inspector_tabs import POLICY, read
from actors.gateway.inspector_view import LARGEST
from actors.gateway.platform import Platform
from actors.protocol.inspector_shapes import TabConfigEntry
from tests.gateway.inspecting import Inspector
from tests.gateway.test_inspector_socket import talk

Inspect = Callable[..., Awaitable[Inspector]]
TABS = Path(__file__).parent / "tabs"


async def fetched(client: Inspector, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """Without a token."""
    url = f"/gateway/{client.actor_id}/inspector{path}"
    return await client.http.request(method, url, headers=headers)


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("/custom-tabs/board/", "text/html; charset=utf-8", "<title>Board"),
        ("/custom-tabs/board", "text/html; charset=utf-8", "<title>Board"),
        ("/custom-tabs/board/?actorId=1&theme=dark", "text/html; charset=utf-8", "<title>Board"),
        ("/custom-tabs/board/page.js", "text/javascript; charset=utf-8", "use strict"),
        ("/custom-tabs/board/parts/", "text/html; charset=utf-8", "<title>Parts"),
        ("/custom-tabs/board/read%20me.TXT", "text/plain; charset=utf-8", "a space"),
        ("/custom-tabs/board/blob.xyz", "application/octet-stream", "x"),
        ("/tab.css", "text/css; charset=utf-8", "--rivet-card: "),
    ],
)
async def test_a_file_is_served_to_everybody_and_kept_to_its_own_site(
    inspector: Inspect, path: str, kind: str, words: str
) -> None:
    response = await fetched(await inspector("tabbed"), path)
    assert (response.status_code, response.headers["content-type"]) == (200, kind)
    assert words in response.text
    assert response.headers["content-security-policy"] == POLICY
    assert "x-frame-options" not in response.headers
    told = {name: response.headers[name] for name in ("referrer-policy", "cache-control")}
    assert told == {"referrer-policy": "no-referrer", "cache-control": "no-cache"}
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_file_that_a_browser_has_is_not_sent_again(inspector: Inspect) -> None:
    client = await inspector("tabbed")
    first = await fetched(client, "/custom-tabs/board/")
    again = await fetched(client, "/custom-tabs/board/", **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = await fetched(client, "/custom-tabs/board/page.js", **{"if-none-match": first.headers["etag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/custom-tabs/none/", 404, "custom_tab_not_found"),
        ("/custom-tabs/queue/", 404, "custom_tab_not_found"),
        ("/custom-tabs/", 404, "custom_tab_not_found"),
        ("/custom-tabs/board/none.js", 404, "custom_tab_asset_not_found"),
        ("/custom-tabs/board/parts", 404, "custom_tab_asset_not_found"),
        ("/custom-tabs/board/page.js/", 404, "custom_tab_asset_not_found"),
        (f"/custom-tabs/board/{'x' * 300}", 404, "custom_tab_asset_not_found"),
        ("/custom-tabs/board/%2e%2e/secret.txt", 400, "invalid_request"),
        ("/custom-tabs/board/..%2fsecret.txt", 400, "invalid_request"),
        ("/custom-tabs/board/..%5csecret.txt", 400, "invalid_request"),
        ("/custom-tabs/board/%2fetc/passwd", 400, "invalid_request"),
        ("/custom-tabs/board/page.js%00", 400, "invalid_request"),
        ("/custom-tabs/board/%ff", 400, "invalid_request"),
        ("/custom-tabs/board/%2e%2e", 400, "invalid_request"),
    ],
)
async def test_nothing_but_the_files_of_the_tab_is_served(
    inspector: Inspect, path: str, status: int, code: str
) -> None:
    response = await fetched(await inspector("tabbed"), path)
    assert response.status_code == status
    assert {**response.json(), "message": ""} == {
        "group": "inspector",
        "code": code,
        "message": "",
        "metadata": response.json()["metadata"],
    }


@pytest.mark.parametrize("method", ["HEAD", "POST", "DELETE"])
async def test_only_a_get_is_let_in_without_a_token(inspector: Inspect, method: str) -> None:
    client = await inspector("tabbed")
    for path in ("/custom-tabs/board/", "/tab.css"):
        assert (await fetched(client, path, method)).status_code == 401


async def test_a_file_wakes_and_makes_nobody(inspector: Inspect, platform: Platform) -> None:
    client = await inspector("tabbed")
    task = client.task()
    task.request_sleep()
    await task.stopped()
    assert (await fetched(client, "/custom-tabs/board/")).status_code == 200
    by_key = {
        "rvt-method": "getOrCreate",
        "rvt-namespace": "default",
        "rvt-runner": "default",
        "rvt-key": "n",
    }
    url = "/gateway/tabbed/inspector/custom-tabs/board/"
    assert (await client.http.get(url, params=by_key)).status_code == 200
    node = platform.node
    assert node is not None
    assert node.local(client.actor_id) is None
    assert await node.store.find("tabbed", "n") is None
    nobody = f"/gateway/{'0' * 30}/inspector/custom-tabs"
    assert (await client.http.get(f"{nobody}/board/")).json()["code"] == "not_found"
    assert (await client.http.get(f"{nobody}/none/")).json()["code"] == "custom_tab_not_found"


@pytest.mark.parametrize(
    "name", ["../secret.txt", "parts/../../secret.txt", "/etc/passwd", "//etc/passwd", "./page.js", "parts//"]
)
def test_a_name_is_a_way_down(name: str) -> None:
    with pytest.raises(ActorError, match="leads out of"):
        read(TABS / "board", name)


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "tab"
    folder.mkdir()
    (folder / "out.txt").symlink_to(TABS / "secret.txt")
    (folder / "in.txt").symlink_to(folder / "there.txt")
    (folder / "there.txt").write_text("here")
    assert read(folder, "in.txt").content == b"here"
    with pytest.raises(ActorError, match="leads out of"):
        read(folder, "out.txt")


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large.bin").open("wb") as large:
        large.truncate(LARGEST + 1)
    with pytest.raises(ActorError) as refused:
        read(tmp_path, "large.bin")
    assert refused.value.name == "message.outgoing_too_long"


@pytest.mark.parametrize("version", [4, 5, 6])
async def test_the_greeting_announces_the_tabs_from_version_5_on(inspector: Inspect, version: int) -> None:
    async with talk(await inspector("tabbed"), version) as (_, init):
        announced = [
            TabConfigEntry("board", "The board", "tag", hidden=False),
            TabConfigEntry("queue", None, None, hidden=True),
        ]
        assert init.tab_config == (announced if version >= 5 else [])
