"""Connections in the admin: those that hibernate. Who is connected to an awake actor, its node knows."""

from __future__ import annotations

from django.contrib import admin

from actors.admin.belongings import Belonging
from actors.keyset import Order
from actors.models import WaitingConn


@admin.register(WaitingConn)
class WaitingConnAdmin(Belonging):
    keyset = Order(("actor_id", "generation", "id"), descending=False)
    note = (
        "Only connections that hibernate are here: their actor sleeps, and their sockets are open. Who is "
        "connected to an actor that is awake is in the memory of its node, and no row: the actor's own page "
        "shows it, and its tab in the inspector."
    )
    tab = "connections"
    list_display = ("id", "key", "type", "generation", "inspector")
    fieldsets = ((None, {"fields": ("id", "type", "key", "generation", "inspector")}),)
    readonly_fields = ("type", "key", "inspector")
