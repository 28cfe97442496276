"""Who is connected to an actor, for its page in the admin: as the dashboard's tab finds it. Wakes nobody."""

from __future__ import annotations

from typing import Any, Final

from django.utils.html import format_html, format_html_join

from actors.admin.values import NOTHING, inspector_link, moment
from actors.gateway.seeing import SHOWN
from actors.status import AWAKE
from inspector.connections import connected

SILENT: Final = "The actor is awake at a node that does not answer: who is connected is known there."
_TABLE: Final = """<p>{}. {}</p>
<table>
  <thead><tr>
    <th>Id</th><th>Who</th><th>From</th><th>Since</th><th>Last seen</th><th>Subscribed to</th>
  </tr></thead>
  <tbody>{}</tbody>
</table>"""
_ROW: Final = "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>"


def shown_connections(actor: Any) -> str:
    """Those that are open, with the way to them; of an actor that sleeps those that hibernate."""
    found = connected(actor)
    if not found["told"] and actor.derived_status == AWAKE:
        return SILENT
    if not found["count"]:
        return "Nobody is connected."
    words = f"{found['count']} connected" if found["told"] else "Asleep, with their sockets open"
    if found["count"] >= SHOWN:
        words += f", the first {SHOWN}"
    rows = format_html_join("", _ROW, (_told(conn) for conn in found["connections"]))
    return format_html(_TABLE, words, inspector_link(actor.pk, "connections"), rows)


def _told(conn: dict[str, Any]) -> tuple[str, ...]:
    user, traffic = conn["user"], conn["traffic"]
    return (
        conn["id"],
        NOTHING if user is None else user.name,
        conn["origin"].address or NOTHING,
        moment(conn["since"]),
        moment(None if traffic is None else traffic.heard_at),
        ", ".join(conn["events"]) or NOTHING,
    )
