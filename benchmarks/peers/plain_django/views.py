"""The action route over HTTP, as an async view."""

from __future__ import annotations

import json

from asgiref.sync import sync_to_async
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from benchmarks.peers.plain_django.models import Counter


async def metadata(request: HttpRequest) -> JsonResponse:
    """Who answers; the harness waits for it."""
    return JsonResponse({"runtime": "plain-django"})


@csrf_exempt
async def counter_action(request: HttpRequest, action: str) -> JsonResponse:
    """`{"args": [...]}` in, `{"output": ...}` out; the key is in the query."""
    key = request.GET.get("rvt-key", "")
    args = json.loads(request.body)["args"]
    if action == "increment":
        return JsonResponse({"output": await sync_to_async(Counter.increment)(key, *args)})
    if action == "get_count":
        return JsonResponse({"output": await Counter.read(key)})
    return JsonResponse({"group": "actor", "code": "action_not_found", "message": action}, status=404)
