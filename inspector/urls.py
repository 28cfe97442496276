"""The inspector's addresses: `path("inspector/", include("inspector.urls"))` in the project's URLconf."""

from __future__ import annotations

from django.urls import path

from inspector.actor import HISTORY, METADATA
from inspector.agenda import AGENDA
from inspector.archives import clone, export
from inspector.cadences import next_times
from inspector.charts import CHARTS
from inspector.cluster import NODES
from inspector.columns import choose
from inspector.connection_deeds import disconnect, edit_state, mute, tell, unmute
from inspector.connections import CONNECTIONS
from inspector.console import CONSOLE
from inspector.deeds import (
    call,
    destroy,
    edit,
    hold,
    hold_queues,
    let_go,
    let_go_queues,
    restart,
    save,
    sleep,
    wake,
)
from inspector.finding import find
from inspector.kv import KV
from inspector.kv_deeds import clear, delete, put
from inspector.listing import LIST
from inspector.live import no_websocket
from inspector.overview import OVERVIEW
from inspector.own_tabs import OWN, let_in
from inspector.queue import QUEUE
from inspector.queue_deeds import discard, front, purge, replay, requeue, rewrite, send
from inspector.schedule_deeds import backfill, fire, pause, resume, schedule, skip, unschedule
from inspector.schedules import SCHEDULES
from inspector.screens import shown
from inspector.state import STATE, whole_state
from inspector.timeline import TIMELINE
from inspector.timeline import export as export_timeline

app_name = "inspector"

urlpatterns = [
    path("", shown(OVERVIEW), name="overview"),
    path("nodes/", shown(NODES), name="nodes"),
    path("charts/", shown(CHARTS), name="charts"),
    path("schedules/", shown(AGENDA), name="agenda"),
    path("schedules/next", next_times, name="next_times"),
    path("find", find, name="find"),
    path("live", no_websocket, name="live"),
    path("actors/", shown(LIST), name="list"),
    path("actors/do/columns", choose, name="columns"),
    path("actors/<str:actor_id>/", shown(STATE), name="actor"),
    path("actors/<str:actor_id>/state", whole_state, name="whole_state"),
    path("actors/<str:actor_id>/kv/", shown(KV), name="kv"),
    path("actors/<str:actor_id>/connections/", shown(CONNECTIONS), name="connections"),
    path("actors/<str:actor_id>/queue/", shown(QUEUE), name="queue"),
    path("actors/<str:actor_id>/schedules/", shown(SCHEDULES), name="schedules"),
    path("actors/<str:actor_id>/console/", shown(CONSOLE), name="console"),
    path("actors/<str:actor_id>/timeline/", shown(TIMELINE), name="timeline"),
    path("actors/<str:actor_id>/timeline/export", export_timeline, name="timeline_export"),
    path("actors/<str:actor_id>/metadata/", shown(METADATA), name="metadata"),
    path("actors/<str:actor_id>/history/", shown(HISTORY), name="history"),
    path("actors/<str:actor_id>/own/", shown(OWN), name="own"),
    path("actors/<str:actor_id>/do/wake", wake, name="wake"),
    path("actors/<str:actor_id>/do/sleep", sleep, name="sleep"),
    path("actors/<str:actor_id>/do/restart", restart, name="restart"),
    path("actors/<str:actor_id>/do/save", save, name="save"),
    path("actors/<str:actor_id>/do/hold", hold, name="hold"),
    path("actors/<str:actor_id>/do/let_go", let_go, name="let_go"),
    path("actors/<str:actor_id>/do/hold_queues", hold_queues, name="hold_queues"),
    path("actors/<str:actor_id>/do/let_go_queues", let_go_queues, name="let_go_queues"),
    path("actors/<str:actor_id>/do/destroy", destroy, name="destroy"),
    path("actors/<str:actor_id>/do/export", export, name="export"),
    path("actors/<str:actor_id>/do/clone", clone, name="clone"),
    path("actors/<str:actor_id>/do/edit", edit, name="edit"),
    path("actors/<str:actor_id>/do/call", call, name="call"),
    path("actors/<str:actor_id>/do/send", send, name="send"),
    path("actors/<str:actor_id>/do/disconnect", disconnect, name="disconnect"),
    path("actors/<str:actor_id>/do/tell", tell, name="tell"),
    path("actors/<str:actor_id>/do/mute", mute, name="mute"),
    path("actors/<str:actor_id>/do/unmute", unmute, name="unmute"),
    path("actors/<str:actor_id>/do/edit-connection", edit_state, name="edit_connection"),
    path("actors/<str:actor_id>/do/purge", purge, name="purge"),
    path("actors/<str:actor_id>/do/requeue", requeue, name="requeue"),
    path("actors/<str:actor_id>/do/front", front, name="front"),
    path("actors/<str:actor_id>/do/rewrite", rewrite, name="rewrite"),
    path("actors/<str:actor_id>/do/replay", replay, name="replay"),
    path("actors/<str:actor_id>/do/discard", discard, name="discard"),
    path("actors/<str:actor_id>/do/put", put, name="put"),
    path("actors/<str:actor_id>/do/delete", delete, name="delete"),
    path("actors/<str:actor_id>/do/clear", clear, name="clear"),
    path("actors/<str:actor_id>/do/schedule", schedule, name="schedule"),
    path("actors/<str:actor_id>/do/fire", fire, name="fire"),
    path("actors/<str:actor_id>/do/pause", pause, name="pause"),
    path("actors/<str:actor_id>/do/resume", resume, name="resume"),
    path("actors/<str:actor_id>/do/skip", skip, name="skip"),
    path("actors/<str:actor_id>/do/backfill", backfill, name="backfill"),
    path("actors/<str:actor_id>/do/unschedule", unschedule, name="unschedule"),
    path("actors/<str:actor_id>/do/let-in", let_in, name="let_in"),
]
