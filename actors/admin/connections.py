"""Connections in the admin: those that hibernate. Who is connected to an awake actor, its node knows."""

from __future__ import annotations

from django.contrib import admin

from actors.admin.belongings import Belonging
from actors.keyset import Order
from actors.models import WaitingConn


@admin.register(WaitingConn)
class WaitingConnAdmin(Belonging):
    keyset = Order(("actor_id", "generation", "id"), descending=False)
    tab = "connections"
    list_display = ("id", "key", "type", "generation", "inspector")
    fieldsets = ((None, {"fields": ("id", "type", "key", "generation", "inspector")}),)
    readonly_fields = ("type", "key", "inspector")
