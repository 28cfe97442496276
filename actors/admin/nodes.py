"""Nodes in the admin."""

from __future__ import annotations

from django.contrib import admin

from actors.admin.listed import Listed
from actors.keyset import Order
from actors.models import Node


@admin.register(Node)
class NodeAdmin(Listed):
    keyset = Order(("id",), descending=False)
    list_display = ("id", "address", "started_at", "heartbeat_at")
