"""Every named statement: it runs on the migrated schema, and among 100,000 actors it touches only a few."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest

from actors.storage import queries
from actors.storage.connect import SETTINGS
from actors.storage.queries import QUERIES, numbered

TABLES = {
    "actors_actor",
    "actors_state",
    "actors_conn",
    "actors_kv",
    "actors_queue",
    "actors_message",
    "actors_alarm",
    "actors_scheduler",
    "actors_schedule",
    "actors_run",
    "actors_outbox",
}
# What one statement may touch of a table: a page of a list, or the rows that it names.
FEW = 1_000

IDS = [f"id-{n:06}" for n in range(2, 100_000, 2_500)]
KEEPER = "id-000001"
"""An actor with 20,000 keys, of which every second expires at some time."""
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "lock": {"lock_key": 1},
    "join": {"id": "other", "address": "http://x", "lock_key": 1, "lease": 15.0, "vitals": "{}"},
    "heartbeat": {"id": "node-1", "lease": 15.0, "vitals": "{}"},
    "refusal": {"id": "node-1"},
    "leave": {"id": "node-1"},
    "live_nodes": {"lease": 15.0},
    "locate": {"id": IDS[3], "lease": 15.0},
    "claim": {
        "node": "node-1",
        "lease": 15.0,
        "ids": [IDS[0], None, None, None],
        "names": [None, "type-3", "type-4", "type-5"],
        "keys": [None, "key-33", "key-44", "fresh"],
        "new_ids": [None, None, "new-1", "new-2"],
        "inputs": [None, None, b"a", None],
        "policies": [None, None, "sleep", "sleep"],
        "created": [None, None, 1, 2],
    },
    "create": {
        "id": "new-3",
        "name": "type-1",
        "key": "fresh",
        "crash_policy": "sleep",
        "input": None,
        "created_at": 5,
    },
    "find": {"name": "type-1", "key": "key-1"},
    "get": {"ids": IDS},
    "list_all": {"before": 60_000, "destroyed": True, "limit": 100},
    "list_by_name": {"names": ["type-1", "rare"], "before": 60_000, "destroyed": True, "limit": 100},
    "list_by_key": {"key": "key-77", "names": ["type-7"], "before": 90_000, "destroyed": True, "limit": 100},
    "names": {"after": "", "limit": 100},
    "commit": {
        "ids": IDS,
        "generations": [1] * len(IDS),
        "revisions": [2] * len(IDS),
        "states": [b"state"] * len(IDS),
    },
    "revisions": {"ids": IDS},
    "release": {
        "ids": IDS,
        "generations": [1] * len(IDS),
        "slept": [9] * len(IDS),
        "restarts": [None] * len(IDS),
        "errors": [None] * len(IDS),
        "bound": [True] * len(IDS),
        "woken": [0] * len(IDS),
        "conn_actors": IDS,
        "conn_ids": [f"conn-of-{actor_id}" for actor_id in IDS],
        "records": [b"record"] * len(IDS),
    },
    "hold": {"id": IDS[6], "calls": False, "queues": None, "now": 9},
    "forget_conns": {"id": IDS[7], "generation": 2},
    "destroy": {"id": IDS[5], "generation": None, "destroyed_at": 9},
    "archive_actor": {"id": IDS[9]},
    "archive_messages": {"id": IDS[9]},
    "archive_runs": {"id": IDS[9]},
    "archive_make": {
        "id": "job-7",
        "name": "job",
        "key": "main",
        "crash_policy": "sleep",
        "input": None,
        "generation": 7,
        "created_at": 5,
        "started_at": None,
        "now": 9,
        "revision": 3,
        "state": b"state",
    },
    "kv_get": {"id": IDS[9], "keys": [b"key-5", b"key-6", b"absent"], "now": 1_000},
    "kv_list": {"id": IDS[9], "start": b"key-", "end": b"key.", "now": 1_000, "limit": 100},
    "kv_list_reverse": {"id": KEEPER, "start": b"key-", "end": b"key.", "now": 1_000, "limit": 100},
    "kv_write": {
        "ids": [*IDS, KEEPER],
        "generations": [1] * (len(IDS) + 1),
        "removing": [*range(1, len(IDS) + 1), len(IDS) + 1],
        "starts": [b"key-3"] * (len(IDS) + 1),
        "ends": [b"key-3\0"] * (len(IDS) + 1),
        "putting": [*range(1, len(IDS) + 1), len(IDS) + 1],
        "keys": [b"key-4"] * (len(IDS) + 1),
        "values": [b"value"] * (len(IDS) + 1),
        "expiries": [None] * len(IDS) + [70_000],
    },
    "kv_sweep": {"before": 5_000, "limit": 200},
    "queue_open": {"ids": IDS, "generations": [1] * len(IDS)},
    "queue_contents": {"ids": IDS},
    "queue_write": {
        "ids": IDS,
        "generations": [1] * len(IDS),
        "last_ids": [3] * len(IDS),
        "put_actors": IDS,
        "put_ids": [3] * len(IDS),
        "names": ["jobs"] * len(IDS),
        "bodies": [b"body"] * len(IDS),
        "created": [5] * len(IDS),
        "available": [5] * len(IDS),
        "priorities": [0] * len(IDS),
        "dedupes": [None] * len(IDS),
        "mark_actors": IDS,
        "mark_ids": [1] * len(IDS),
        "attempts": [1] * len(IDS),
        "put_off": [5] * len(IDS),
        "died": [None] * len(IDS),
        "errors": [None] * len(IDS),
        "traces": [None] * len(IDS),
        "new_priorities": [None] * len(IDS),
        "new_bodies": [None] * len(IDS),
        "drop_actors": IDS,
        "drop_ids": [2] * len(IDS),
        "alarm_actors": IDS,
        "alarm_dues": [5, None] * (len(IDS) // 2),
    },
    "queue_read": {"id": IDS[2], "ids": [1, 2]},
    "alarm_next": {},
    "alarm_beats": {"name": "actors beat"},
    "alarm_claim": {"before": 1_000, "until": 2_000, "limit": 100, "lease": 15.0},
    "schedule_open": {"ids": IDS, "generations": [1] * len(IDS)},
    "schedule_contents": {"ids": IDS},
    "schedule_open_runs": {"ids": IDS},
    "schedule_write": {
        "ids": IDS,
        "generations": [1] * len(IDS),
        "revisions": [2] * len(IDS),
        "last_ids": [11] * len(IDS),
        "dues": [500] * len(IDS),
        "put_actors": IDS * 2,
        "put_ids": [1] * len(IDS) + [11] * len(IDS),
        "kinds": ["cron"] * len(IDS) * 2,
        "names": ["nightly"] * len(IDS) * 2,
        "actions": ["tidy"] * len(IDS) * 2,
        "args": [b"\x80"] * len(IDS) * 2,
        "rules": ["{}"] * len(IDS) * 2,
        "created": [5] * len(IDS) * 2,
        "next": [500] * len(IDS) * 2,
        "last": [5] * len(IDS) * 2,
        "counts": [4] * len(IDS) * 2,
        "orphaned": [None] * len(IDS) * 2,
        "paused": [None] * len(IDS) * 2,
        "drop_actors": IDS,
        "drop_ids": [2] * len(IDS),
        "run_actors": IDS * 2,
        "run_ids": [1] * len(IDS) * 2,
        "numbers": [3] * len(IDS) + [4] * len(IDS),
        "scheduled": [5] * len(IDS) * 2,
        "started": [5] * len(IDS) * 2,
        "attempts": [1] * len(IDS) * 2,
        "results": ["ok"] * len(IDS) * 2,
        "again": [None] * len(IDS) * 2,
        "ended": [6] * len(IDS) + [None] * len(IDS),
        "errors": [None] * len(IDS) * 2,
        "trim_actors": IDS,
        "trim_ids": [1] * len(IDS),
        "trim_numbers": [1] * len(IDS),
    },
    "schedule_history": {"id": IDS[2], "schedule": 1, "limit": 20},
    "outbox_add": {
        "name": "type-1",
        "key": "key-1",
        "kind": "action",
        "member": "post",
        "body": b"body",
        "target": b"target",
        "created_at": 5,
    },
    "outbox_claim": {"now": 90_000, "until": 95_000, "limit": 100},
    "outbox_follow": {"name": "type-1", "key": "busy", "now": 90_000, "until": 95_000},
    "outbox_renew": {"ids": [*range(1, 50)], "until": 95_000},
    "outbox_mark": {"id": 7, "attempts": 1, "next_at": 9, "failed_at": None, "error": "no"},
    "outbox_hasten": {"name": "type-1", "key": "key-77", "now": 9},
    "outbox_take": {"id": 8},
    "outbox_holds": {"id": 8},
    "outbox_retry": {"id": 1_000, "now": 5},
    "outbox_discard": {"id": 1_000},
    "outbox_standing": {"limit": 500},
}

# The nodes come last: their leases run.
FILL = """
INSERT INTO actors_actor
    (id, name, key, crash_policy, generation, node_id, connectable_at, created_at, destroyed_at)
SELECT 'id-' || lpad(n::text, 6, '0'), 'type-' || n % 10, 'key-' || n, 'sleep', 1,
    CASE WHEN n % 2 = 0 THEN 'node-1' END, CASE WHEN n % 2 = 0 THEN n END, n, CASE WHEN n % 20 = 0 THEN n END
FROM generate_series(1, 100000) AS n;
INSERT INTO actors_actor (id, name, key, crash_policy, created_at, destroyed_at)
SELECT 'job-' || n, 'job', 'main', 'sleep', n, n FROM generate_series(1, 20000) AS n;
INSERT INTO actors_actor (id, name, key, crash_policy, created_at)
VALUES ('rare', 'rare', 'main', 'sleep', 1);
INSERT INTO actors_state (actor_id, generation, revision, state)
SELECT id, 1, 1, 'state' FROM actors_actor WHERE destroyed_at IS NULL;
INSERT INTO actors_conn (actor_id, generation, id, record)
SELECT id, 0, 'conn-' || id, 'record' FROM actors_actor WHERE destroyed_at IS NULL;
INSERT INTO actors_kv (actor_id, key, value)
SELECT id, convert_to('key-' || n, 'UTF8'), 'value'
FROM actors_actor CROSS JOIN generate_series(1, 8) AS n WHERE created_at % 10 = 2;
INSERT INTO actors_kv (actor_id, key, value, expires_at)
SELECT 'id-000001', convert_to('key-' || n, 'UTF8'), 'value', CASE WHEN n % 2 = 0 THEN n END
FROM generate_series(1, 20000) AS n;
INSERT INTO actors_queue (actor_id, generation, last_id)
SELECT id, 1, 2 FROM actors_actor WHERE destroyed_at IS NULL;
INSERT INTO actors_message (actor_id, id, name, body, created_at, available_at)
SELECT a.id, n, 'jobs', 'body', 5, 5 FROM actors_actor a CROSS JOIN generate_series(1, 2) AS n
WHERE a.destroyed_at IS NULL;
INSERT INTO actors_alarm (actor_id, source, due_at, wake_at)
SELECT id, 'queue', created_at, created_at FROM actors_actor WHERE destroyed_at IS NULL;
INSERT INTO actors_scheduler (actor_id, generation, revision, last_id, due_at)
SELECT id, 1, 1, 10, 5 FROM actors_actor WHERE destroyed_at IS NULL;
INSERT INTO actors_schedule (actor_id, id, kind, action, args, rules, created_at, due_at, runs, orphaned_at)
SELECT a.id, n, 'at', 'tidy', 'args', '{}', 5, 5, 3, CASE WHEN a.created_at % 1000 = 0 THEN 5 END
FROM actors_actor a CROSS JOIN generate_series(1, 2) AS n WHERE a.destroyed_at IS NULL;
INSERT INTO actors_run (actor_id, schedule_id, number, scheduled_at, started_at, attempts, result, ended_at)
SELECT a.id, 1, n, 5, 5, 1, 'ok', CASE WHEN n < 3 THEN 6 END
FROM actors_actor a CROSS JOIN generate_series(1, 3) AS n WHERE a.destroyed_at IS NULL;
INSERT INTO actors_outbox (name, key, kind, member, body, target, created_at, next_at, failed_at)
SELECT 'type-1', 'key-' || n, 'action', 'post', 'body', 'target', n, n, CASE WHEN n % 1000 = 0 THEN n END
FROM generate_series(1, 100000) AS n;
INSERT INTO actors_outbox (name, key, kind, member, body, target, created_at, next_at)
SELECT 'type-1', 'busy', 'action', 'post', 'body', 'target', n, 80000 + n FROM generate_series(1, 2000) AS n;
UPDATE actors_outbox SET error = 'actor.paused: wait' WHERE key = 'key-77';
INSERT INTO actors_node
SELECT 'node-' || n, 'http://x', n, clock_timestamp(), clock_timestamp() FROM generate_series(1, 2) AS n;
"""

MILLION = """
INSERT INTO actors_schedule (actor_id, id, kind, action, args, rules, created_at, due_at)
SELECT a.id, n, 'at', 'tidy', 'args', '{}', 5, 5
FROM actors_actor a CROSS JOIN generate_series(11, 19) AS n WHERE a.destroyed_at IS NULL;
"""


class Planner:
    """One session that keeps its prepared statements. Changes nothing: each execution is rolled back."""

    def __init__(self, url: str, mode: str, settings: str) -> None:
        self._connection = psycopg.connect(url, options=f"{settings} -c plan_cache_mode={mode}")
        for name in QUERIES:
            self._connection.execute(f"PREPARE our_{name} AS {numbered(name, list(SAMPLES[name]))}".encode())
        self._connection.commit()

    def run(self, name: str, prefix: str = "") -> list[Any]:
        marks = ", ".join(["%s"] * len(SAMPLES[name]))
        call = f"{prefix} EXECUTE our_{name}" + (f"({marks})" if marks else "")
        with psycopg.ClientCursor(self._connection) as cursor:
            cursor.execute(call.encode(), list(SAMPLES[name].values()))
            rows = cursor.fetchall() if cursor.description else []
        self._connection.rollback()
        return rows

    def touched(self, name: str) -> dict[str, int]:
        """The rows of each big table that the statement read, those it threw away included."""
        ((plan,),) = self.run(name, "EXPLAIN (ANALYZE, FORMAT JSON)")
        found = dict.fromkeys(TABLES, 0)
        for node in nodes(plan[0]["Plan"]):
            table = node.get("Relation Name")
            if table in TABLES and "Scan" in node["Node Type"]:
                each = sum(node.get(word, 0) for word in ("Actual Rows", *REMOVED))
                found[table] += int(each * node["Actual Loops"])
        return found

    def close(self) -> None:
        self._connection.close()


REMOVED = ("Rows Removed by Filter", "Rows Removed by Index Recheck")


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def test_each_statement_has_a_sample() -> None:
    assert set(SAMPLES) == set(QUERIES)
    for name, words in QUERIES.items():
        assert set(re.findall(r"%\((\w+)\)", words)) == set(SAMPLES[name]), name


def test_fragments_are_put_in_and_comments_left_out() -> None:
    assert "{" not in "".join(QUERIES.values())
    assert "--" not in "".join(QUERIES.values())
    assert "crash_policy" in QUERIES["find"]


def test_an_unknown_fragment_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_FRAGMENT", re.compile(r"\b(SELECT)\b"))
    with pytest.raises(KeyError):
        queries.load()


def test_no_statement_touches_many_of_100_000_actors(fresh_postgres_url: str) -> None:
    """In each way a plan may be made: before the tables were filled, once for all, and for these values."""
    with psycopg.connect(fresh_postgres_url, autocommit=True) as connection:
        for table in TABLES:  # or a kept plan might be made anew
            connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)".encode())
        kept = Planner(fresh_postgres_url, "force_generic_plan", SETTINGS)
        for name in QUERIES:
            kept.run(name)
        connection.execute(FILL.encode())
        connection.execute(MILLION.encode())
        connection.execute("UPDATE actors_node SET heartbeat_at = now()")
        verdict = {("made while empty", name): kept.touched(name) for name in QUERIES}
        connection.execute("ANALYZE")
    kept.close()
    for mode, settings in (("force_generic_plan", SETTINGS), ("force_custom_plan", "")):
        planner = Planner(fresh_postgres_url, mode, settings)
        verdict |= {(mode, name): planner.touched(name) for name in QUERIES}
        planner.close()
    greedy = {case: counts for case, counts in verdict.items() if max(counts.values()) > FEW}
    assert greedy == {}
    # It would notice: the samples do meet rows.
    assert verdict["force_custom_plan", "commit"]["actors_state"] >= len(IDS)
    assert verdict["force_custom_plan", "list_by_name"]["actors_actor"] >= 100


def test_samples_meet_rows(fresh_postgres_url: str) -> None:
    with psycopg.connect(fresh_postgres_url, autocommit=True) as connection:
        connection.execute(FILL.encode())
        connection.execute("SELECT pg_advisory_lock(lock_key) FROM actors_node")
        planner = Planner(fresh_postgres_url, "auto", SETTINGS)
        assert {name for name in QUERIES if not planner.run(name)} == {"join", "leave", "forget_conns"}
        planner.close()


def test_the_schema_has_the_indexes_that_we_ask_for_and_no_other(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        words = "SELECT indexname FROM pg_indexes WHERE tablename LIKE 'actors\\_%' ORDER BY 1"
        found = [name for (name,) in connection.execute(words)]
    assert found == [
        "actors_actor_failed",
        "actors_actor_gone",
        "actors_actor_gone_newest",
        "actors_actor_key",
        "actors_actor_live_key",
        "actors_actor_live_newest",
        "actors_actor_newest",
        "actors_actor_paused",
        "actors_actor_pkey",
        "actors_alarm_pkey",
        "actors_alarm_wake",
        "actors_conn_pkey",
        "actors_kv_expiry",
        "actors_kv_pkey",
        "actors_message_dead",
        "actors_message_pkey",
        "actors_node_pkey",
        "actors_outbox_due",
        "actors_outbox_failed",
        "actors_outbox_order",
        "actors_outbox_pkey",
        "actors_queue_pkey",
        "actors_run_failed",
        "actors_run_failed_at",
        "actors_run_open",
        "actors_run_pkey",
        "actors_schedule_due",
        "actors_schedule_orphaned",
        "actors_schedule_paused",
        "actors_schedule_pkey",
        "actors_scheduler_pkey",
        "actors_state_pkey",
    ]


def test_a_commit_touches_no_index(fresh_postgres_url: str) -> None:
    """Heap-only updates: the table's statistics say so."""
    with psycopg.connect(fresh_postgres_url, autocommit=True) as connection:
        connection.execute(FILL.encode())
        for revision in range(2, 12):
            params = {**SAMPLES["commit"], "revisions": [revision] * len(IDS)}
            connection.execute(QUERIES["commit"].encode(), params)
        connection.execute("SELECT pg_stat_force_next_flush()")
        words = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'actors_state'"
        updates, hot = connection.execute(words).fetchone() or (0, 0)
    assert updates == 10 * len(IDS)
    assert hot >= updates * 0.9
