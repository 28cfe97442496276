"""A Transport that notes what it is asked and answers as it is told: there is no actor behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from actors.api.transport import EventStream, Target
from actors.runtime.deliveries import Delivery


class NotingTransport:
    def __init__(self) -> None:
        self.answer: Any = None
        self.asked: list[tuple[Any, ...]] = []
        self.stream = NotingStream()

    async def call(self, target: Target, action: str, args: Sequence[Any]) -> Any:
        self.asked.append((target, action, list(args)))
        return self.answer

    def call_blocking(self, target: Target, action: str, args: Sequence[Any], timeout: float) -> Any:
        self.asked.append((target, action, list(args), timeout))
        return self.answer

    async def send(self, target: Target, delivery: Delivery) -> Any:
        self.asked.append((target, delivery))
        return self.answer

    def send_blocking(self, target: Target, delivery: Delivery, timeout: float) -> Any:
        self.asked.append((target, delivery, timeout))
        return self.answer

    async def resolve(self, target: Target) -> str:
        self.asked.append((target,))
        return "id-1"

    def resolve_blocking(self, target: Target, timeout: float) -> str:
        self.asked.append((target, timeout))
        return "id-1"

    async def connect(self, target: Target) -> EventStream:
        self.asked.append((target,))
        return self.stream


class NotingStream:
    def __init__(self) -> None:
        self.answer: Any = None
        self.asked: list[tuple[Any, ...]] = []
        self.arriving: asyncio.Queue[tuple[str, list[Any]] | Exception] = asyncio.Queue()

    async def call(self, action: str, args: Sequence[Any]) -> Any:
        self.asked.append(("call", action, list(args)))
        return self.answer

    async def subscribe(self, event: str) -> None:
        self.asked.append(("subscribe", event))

    async def next_event(self) -> tuple[str, list[Any]]:
        item = await self.arriving.get()
        if isinstance(item, Exception):
            raise item
        return item

    async def close(self) -> None:
        self.asked.append(("close",))
