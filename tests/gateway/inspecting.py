"""A client of one actor's inspector, for the tests of its doors."""

from __future__ import annotations

from typing import Any

import httpx

from actors.gateway.inspector_auth import inspector_token
from actors.gateway.platform import Platform
from actors.runtime.task import ActorTask
from tests.gateway import inspected_actors  # noqa: F401 - registers them


class Inspector:
    """A client of one actor's inspector."""

    def __init__(self, http: httpx.AsyncClient, platform: Platform, actor_id: str) -> None:
        self.http = http
        self.platform = platform
        self.actor_id = actor_id
        self.token = inspector_token(platform.config, actor_id) or ""

    async def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", **request.pop("headers", {})}
        url = f"/gateway/{self.actor_id}/inspector{path}"
        return await self.http.request(method, url, headers=headers, **request)

    async def get(self, path: str) -> Any:
        response = await self.ask("GET", path)
        assert response.status_code == 200, response.text
        return response.json()

    def task(self) -> ActorTask:
        node = self.platform.node
        assert node is not None
        task = node.local(self.actor_id)
        assert task is not None
        return task
