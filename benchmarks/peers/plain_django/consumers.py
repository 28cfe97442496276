"""The connection route: one consumer for counters, one for rooms, in the style of the Channels tutorial."""

from __future__ import annotations

import hashlib
import time
import uuid
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from benchmarks.peers.plain_django.models import Counter


class WireConsumer(AsyncJsonWebsocketConsumer):
    """Init, numbered actions and their answers. Subclasses say what the actions do."""

    async def connect(self) -> None:
        self.key = parse_qs(self.scope["query_string"].decode())["rvt-key"][0]
        await self.accept("rivet")
        await self.send_message("Init", {"actorId": self.key, "connectionId": str(uuid.uuid4())})

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        body = content["body"]
        if body["tag"] == "SubscriptionRequest":
            await self.subscribe(body["val"]["eventName"])
        else:
            await self.answer(**body["val"])

    async def answer(self, id: list[str], name: str, args: list[Any]) -> None:
        """Run one action and send its output, or an error when there is no such action."""
        try:
            output = await self.run_action(name, *args)
        except LookupError:
            error = {"group": "actor", "code": "action_not_found", "message": name, "actionId": id}
            await self.send_message("Error", error)
        else:
            await self.send_message("ActionResponse", {"id": id, "output": output})

    async def send_message(self, tag: str, val: dict[str, Any]) -> None:
        await self.send_json({"body": {"tag": tag, "val": val}})

    async def subscribe(self, event: str) -> None:
        """Counters have no events."""

    async def run_action(self, name: str, *args: Any) -> Any:
        raise LookupError(name)


class CounterConsumer(WireConsumer):
    async def run_action(self, name: str, *args: Any) -> Any:
        if name == "increment":
            return await database_sync_to_async(Counter.increment)(self.key, *args)
        if name == "get_count":
            return await Counter.read(self.key)
        return await super().run_action(name, *args)


class RoomConsumer(WireConsumer):
    """One channel layer group for each event of a room."""

    async def subscribe(self, event: str) -> None:
        await self.channel_layer.group_add(self._group(event), self.channel_name)

    async def run_action(self, name: str, *args: Any) -> Any:
        if name != "fire":
            return await super().run_action(name, *args)
        (times,) = args
        for _ in range(times):
            message = {"type": "room.event", "name": "tick", "args": [{"t": time.time() * 1000}]}
            await self.channel_layer.group_send(self._group("tick"), message)
        return times

    async def room_event(self, message: dict[str, Any]) -> None:
        """One event from the channel layer, to this socket."""
        await self.send_message("Event", {"name": message["name"], "args": message["args"]})

    def _group(self, event: str) -> str:
        # Group names are short ASCII; keys are anything.
        return f"room.{hashlib.sha256(self.key.encode()).hexdigest()[:32]}.{event}"
