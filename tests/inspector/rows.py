"""Rows of actors for the inspector to show."""

from __future__ import annotations

from typing import Any

from django.db import connection

from actors.models import Actor


def make(number: int, **fields: Any) -> Actor:
    values = {"name": "counter", "key": f"key-{number}", "crash_policy": "sleep", "created_at": number}
    return Actor.objects.create(id=f"id-{number:07}", **{**values, **fields})


def fill(rows: int) -> None:
    """Many actors, half of them destroyed; the last of each thousand is of a rare type, and has crashed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO actors_actor
                (id, name, key, crash_policy, generation, created_at, destroyed_at, error)
            SELECT 'id-' || lpad(n::text, 7, '0'), CASE WHEN n %% 1000 < 2 THEN 'rare' ELSE 'counter' END,
                   'key-' || n, 'sleep', 1, n / 2, CASE WHEN n %% 2 = 0 THEN n END,
                   CASE WHEN n %% 1000 = 1 THEN '{"group": "a", "code": "b", "message": "c"}'::jsonb END
            FROM generate_series(1, %s) AS n
            """,
            [rows],
        )
        cursor.execute(
            """
            INSERT INTO actors_state (actor_id, generation, state)
            SELECT id, 1, '\\x01' FROM actors_actor WHERE destroyed_at IS NULL
            """
        )
        cursor.execute("ANALYZE actors_actor, actors_state")
