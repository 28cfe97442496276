"""A chat room: the key is the room, the state is its recent messages, an event tells who listens.

Clients know it as `chatRoom`: `client.chatRoom.getOrCreate(["lobby"]).sendMessage("Ada", "Hello")`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils import timezone

from actors import Actor, Event, UserError, action

MAX_SENDER = 40
MAX_TEXT = 2000
HISTORY = 200


@dataclass
class Message:
    id: int
    sender: str
    text: str
    sent_at: str


@dataclass
class Room:
    sent: int = 0
    messages: list[Message] = field(default_factory=list)


class ChatRoom(Actor):
    state: Room
    new_message = Event(Message)

    @action
    async def send_message(self, sender: str, text: str) -> Message:
        """The message as everybody gets it. Only the newest `HISTORY` messages are kept."""
        sender, text = _checked("sender", sender, MAX_SENDER), _checked("text", text, MAX_TEXT)
        room = self.state
        room.sent += 1
        message = Message(room.sent, sender, text, timezone.now().isoformat(timespec="milliseconds"))
        room.messages = [*room.messages[-(HISTORY - 1) :], message]
        self.new_message.broadcast(message)
        return message

    @action(readonly=True)
    async def get_history(self, limit: int = 50) -> list[Message]:
        """The newest `limit` messages, oldest first."""
        return self.state.messages[-limit:] if limit > 0 else []


def _checked(name: str, value: str, longest: int) -> str:
    """`value` without surrounding space. A UserError reaches the client as it is, others are masked."""
    value = value.strip()
    if not value:
        raise UserError(f"The {name} is empty.", code=f"{name}_empty")
    if len(value) > longest:
        raise UserError(f"The {name} has more than {longest} characters.", code=f"{name}_too_long")
    return value
