"""Durable, realtime actors for Django: the names that authors and callers use, nothing else."""

from actors.api.actions import action
from actors.api.actor import Actor
from actors.api.calls import Call
from actors.api.events import Event
from actors.api.queue import Queue
from actors.api.tabs import HiddenTab, Tab
from actors.errors import ActorError, UserError
from actors.runtime.conn import Conn, ConnectRequest
from actors.runtime.firing import Firing
from actors.runtime.http import Request, Response
from actors.runtime.message import DeadLetter, Message
from actors.runtime.options import Options
from actors.runtime.planned import Schedule, ScheduledRun
from actors.runtime.rules import Misfire, Retry
from actors.runtime.websocket import Close, RawWebSocket

__all__ = [
    "Actor",
    "ActorError",
    "Call",
    "Close",
    "Conn",
    "ConnectRequest",
    "DeadLetter",
    "Event",
    "Firing",
    "HiddenTab",
    "Message",
    "Misfire",
    "Options",
    "Queue",
    "RawWebSocket",
    "Request",
    "Response",
    "Retry",
    "Schedule",
    "ScheduledRun",
    "Tab",
    "UserError",
    "action",
]
