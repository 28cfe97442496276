-- Every statement of the Postgres store. Loaded by name by queries.py; {word} stands for the fragment of that name.
-- All are lookups by index. A plan made on an empty table is kept: so pool.py forbids sequential scans, and a lookup
-- by id never says "destroyed_at IS NULL", which would invite a partial index to be read from end to end.

-- fragment: record
id, name, key, crash_policy, generation, node_id, created_at, started_at, connectable_at, slept_at, destroyed_at,
error, restart_at, paused_at, queues_paused_at

-- fragment: now_ms
(extract(epoch FROM now()) * 1000)::bigint

-- fragment: lapsed
n.heartbeat_at < now() - make_interval(secs => %(lease)s)

-- fragment: abandoned
-- Nobody holds the node's session lock: taken shared, so that two that ask at once both learn it.
pg_try_advisory_xact_lock_shared(n.lock_key)

-- fragment: alarms_kept
-- How a source gives its alarms, for actors that are awake: behind a CTE `alarms (actor_id, source, due_at)` of those
-- that passed its fence. Without due_at there is none any more. AWAKE_MARGIN in alarms.py.
silenced AS (
    DELETE FROM actors_alarm m USING alarms
    WHERE m.actor_id = alarms.actor_id AND m.source = alarms.source AND alarms.due_at IS NULL
), kept AS (
    INSERT INTO actors_alarm (actor_id, source, due_at, wake_at)
    SELECT actor_id, source, due_at, due_at + 20000 FROM alarms WHERE due_at IS NOT NULL
    ON CONFLICT (actor_id, source) DO UPDATE SET due_at = excluded.due_at, wake_at = excluded.wake_at
)

-- name: lock
SELECT pg_try_advisory_lock(%(lock_key)s)

-- name: join
WITH swept AS (
    DELETE FROM actors_node n WHERE n.id <> %(id)s AND {lapsed} AND {abandoned}
)
INSERT INTO actors_node (id, address, lock_key, started_at, heartbeat_at, vitals)
VALUES (%(id)s, %(address)s, %(lock_key)s, now(), now(), %(vitals)s::jsonb)
ON CONFLICT (id) DO UPDATE
SET address = excluded.address, lock_key = excluded.lock_key,
    started_at = excluded.started_at, heartbeat_at = excluded.heartbeat_at, vitals = excluded.vitals

-- name: heartbeat
UPDATE actors_node n SET heartbeat_at = now(), vitals = coalesce(%(vitals)s::jsonb, n.vitals)
WHERE n.id = %(id)s AND NOT {lapsed} AND NOT {abandoned}
RETURNING n.id

-- name: refusal
-- Why a heartbeat was refused: the age of the last one in seconds, and whether the lock is free. No row: forgotten.
SELECT extract(epoch FROM now() - n.heartbeat_at)::float8, {abandoned} FROM actors_node n WHERE n.id = %(id)s

-- name: leave
DELETE FROM actors_node WHERE id = %(id)s

-- name: live_nodes
SELECT n.id, n.address FROM actors_node n WHERE NOT {lapsed} AND NOT {abandoned} ORDER BY n.id

-- name: locate
SELECT n.id, n.address
FROM actors_actor a JOIN actors_node n ON n.id = a.node_id
WHERE a.id = %(id)s AND NOT {lapsed} AND NOT {abandoned}

-- name: claim
-- What is absent is made as ours. What exists is locked in the order of its id, so that we see who holds it now and
-- not in our snapshot; it is taken unless its holder lives. Its generations all rise in this one statement.
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(
        %(ids)b::text[], %(names)b::text[], %(keys)b::text[],
        %(new_ids)b::text[], %(inputs)b::bytea[], %(policies)b::text[], %(created)b::bigint[]
    ) AS asked (id, name, key, new_id, input, crash_policy, created_at)
), made AS (
    INSERT INTO actors_actor
        (id, name, key, crash_policy, input, generation, node_id, created_at, started_at, connectable_at)
    SELECT new_id, name, key, crash_policy, input, 1, %(node)s, created_at, {now_ms}, {now_ms}
    FROM asked WHERE new_id IS NOT NULL ORDER BY name, key
    ON CONFLICT DO NOTHING
    RETURNING {record}, input
), made_state AS (
    INSERT INTO actors_state (actor_id, generation) SELECT id, generation FROM made
), wanted AS (
    SELECT asked.id FROM asked WHERE asked.id IS NOT NULL
    UNION ALL
    SELECT named.id FROM asked CROSS JOIN LATERAL (
        SELECT a.id FROM actors_actor a
        WHERE a.name = asked.name AND a.key = asked.key AND a.destroyed_at IS NULL LIMIT 1
    ) AS named WHERE asked.id IS NULL
), found AS MATERIALIZED (
    SELECT a.id, a.name, a.key, a.node_id, a.destroyed_at FROM actors_actor a
    WHERE a.id = ANY (ARRAY(SELECT id FROM wanted)) ORDER BY a.id FOR NO KEY UPDATE
), standing AS (
    SELECT * FROM found WHERE destroyed_at IS NULL
), holder AS MATERIALIZED (
    SELECT n.id, n.address FROM actors_node n
    WHERE n.id = ANY (ARRAY(SELECT node_id FROM standing WHERE node_id <> %(node)s))
    AND NOT {lapsed} AND NOT {abandoned}
), taken AS (
    UPDATE actors_actor SET
        generation = generation + 1,
        node_id = %(node)s,
        started_at = coalesce(started_at, {now_ms}),
        connectable_at = {now_ms},
        slept_at = NULL,
        error = NULL,
        restart_at = NULL
    WHERE id = ANY (ARRAY(
        SELECT s.id FROM standing s WHERE NOT EXISTS (SELECT FROM holder h WHERE h.id = s.node_id)
    ))
    RETURNING {record}, input
), taken_state AS (
    UPDATE actors_state s SET generation = taken.generation FROM taken WHERE s.actor_id = taken.id
    RETURNING s.actor_id, s.state, s.revision
), taken_queue AS (
    UPDATE actors_queue q SET generation = taken.generation FROM taken WHERE q.actor_id = taken.id
), taken_alarms AS (
    UPDATE actors_alarm m SET wake_at = m.due_at + 20000 FROM taken WHERE m.actor_id = taken.id
), taken_scheduler AS (
    UPDATE actors_scheduler s SET generation = taken.generation FROM taken WHERE s.actor_id = taken.id
    RETURNING s.actor_id, s.due_at
)
SELECT NULL AS address, {record}, input, NULL::bytea AS state, 0::bigint AS revision, NULL::bytea[] AS conns,
    NULL::bigint AS due_at
FROM made
UNION ALL
SELECT NULL, {record}, input, taken_state.state, taken_state.revision, ARRAY(
    SELECT c.record FROM actors_conn c WHERE c.actor_id = taken.id ORDER BY c.generation, c.id
), taken_scheduler.due_at
FROM taken JOIN taken_state ON taken_state.actor_id = taken.id
LEFT JOIN taken_scheduler ON taken_scheduler.actor_id = taken.id
UNION ALL
SELECT h.address, s.id, s.name, s.key, '', 0, h.id, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0,
    NULL, NULL
FROM standing s JOIN holder h ON h.id = s.node_id

-- name: create
-- No row at all: another transaction made the actor after our snapshot. Ask again.
WITH made AS (
    INSERT INTO actors_actor (id, name, key, crash_policy, input, created_at)
    VALUES (%(id)s, %(name)s, %(key)s, %(crash_policy)s, %(input)s, %(created_at)s)
    ON CONFLICT DO NOTHING
    RETURNING {record}
), made_state AS (
    INSERT INTO actors_state (actor_id, generation) SELECT id, generation FROM made
)
SELECT {record} FROM made
UNION ALL
SELECT {record} FROM actors_actor WHERE name = %(name)s AND key = %(key)s AND destroyed_at IS NULL

-- name: find
SELECT {record} FROM actors_actor WHERE name = %(name)s AND key = %(key)s AND destroyed_at IS NULL

-- name: get
SELECT {record} FROM actors_actor WHERE id = ANY (%(ids)b)

-- name: list_all
SELECT {record} FROM actors_actor
WHERE created_at < %(before)s AND (%(destroyed)s OR destroyed_at IS NULL)
ORDER BY created_at DESC, id DESC LIMIT %(limit)s

-- name: list_by_name
-- Each name gives its own newest, living and gone. A range instead of "name =" leaves the planner no other index:
-- it would walk through all actors, newest first, until it has met enough of a rare name.
SELECT page.* FROM unnest(%(names)b::text[]) AS wanted (wanted_name) CROSS JOIN LATERAL (
    (SELECT {record} FROM actors_actor
     WHERE name >= wanted_name AND (name, created_at) < (wanted_name, %(before)s) AND destroyed_at IS NULL
     ORDER BY name DESC, created_at DESC, id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT {record} FROM actors_actor
     WHERE name >= wanted_name AND (name, created_at) < (wanted_name, %(before)s) AND destroyed_at IS NOT NULL
     AND %(destroyed)s
     ORDER BY name DESC, created_at DESC, id DESC LIMIT %(limit)s)
) AS page
ORDER BY created_at DESC, id DESC LIMIT %(limit)s

-- name: list_by_key
SELECT {record} FROM actors_actor
WHERE key >= %(key)s AND (key, created_at) < (%(key)s, %(before)s)
AND (cardinality(%(names)b::text[]) = 0 OR name = ANY (%(names)b::text[]))
AND (%(destroyed)s OR destroyed_at IS NULL)
ORDER BY key DESC, created_at DESC, id DESC LIMIT %(limit)s

-- name: names
-- From each name the index is entered anew behind it: as many probes as names, however many actors.
WITH RECURSIVE found (name, count) AS (
    SELECT %(after)s::text COLLATE "C", 0
    UNION ALL
    SELECT next.name, found.count + 1 FROM found CROSS JOIN LATERAL (
        SELECT min(name) AS name FROM (
            (SELECT name FROM actors_actor WHERE destroyed_at IS NULL AND name > found.name
             ORDER BY name LIMIT 1)
            UNION ALL
            (SELECT name FROM actors_actor WHERE destroyed_at IS NOT NULL AND name > found.name
             ORDER BY name LIMIT 1)
        ) AS candidate
    ) AS next
    WHERE found.name IS NOT NULL AND found.count < %(limit)s
)
SELECT name FROM found WHERE count > 0 AND name IS NOT NULL

-- name: commit
-- The fence and the write are one: a row whose generation has risen is not there for us.
UPDATE actors_state s SET revision = w.revision, state = w.state
FROM unnest(%(ids)b::text[], %(generations)b::bigint[], %(revisions)b::bigint[], %(states)b::bytea[])
    AS w (actor_id, generation, revision, state)
WHERE s.actor_id = w.actor_id AND s.generation = w.generation
RETURNING s.actor_id

-- name: revisions
-- The lock waits for a commit that outlived its client: its outcome is the one to report.
SELECT actor_id, generation, revision FROM actors_state WHERE actor_id = ANY (%(ids)b)
ORDER BY actor_id FOR SHARE

-- name: release
-- An actor whose connections hibernate stays bound to the node where their sockets wait, while that node lives.
-- Its alarms are the platform's again; who listens is told only of what is nearer than it would look by itself. The
-- numbers are RETRY_PAUSE and NOTICE in alarms.py.
WITH released AS (
    UPDATE actors_actor a SET
        node_id = CASE WHEN r.bound THEN a.node_id END, connectable_at = NULL, slept_at = r.slept_at, error = r.error,
        restart_at = r.restart_at
    FROM unnest(
        %(ids)b::text[], %(generations)b::bigint[], %(slept)b::bigint[], %(errors)b::text[]::jsonb[],
        %(restarts)b::bigint[], %(bound)b::bool[], %(woken)b::bigint[]
    ) AS r (id, generation, slept_at, error, restart_at, bound, woken_at)
    WHERE a.id = r.id AND a.generation = r.generation AND a.connectable_at IS NOT NULL
    RETURNING a.id, a.generation, r.slept_at, r.woken_at, a.error
), alarms AS (
    UPDATE actors_alarm m SET wake_at = CASE
        WHEN r.error IS NOT NULL OR m.due_at < r.woken_at THEN greatest(m.due_at, r.slept_at + 30000)
        ELSE m.due_at
    END
    FROM released r WHERE m.actor_id = r.id
    RETURNING CASE WHEN m.wake_at < r.slept_at + 5000 THEN pg_notify('actors_alarm', '') END
), stored AS (
    INSERT INTO actors_conn (actor_id, generation, id, record)
    SELECT released.id, released.generation, c.id, c.record
    FROM unnest(%(conn_actors)b::text[], %(conn_ids)b::text[], %(records)b::bytea[]) AS c (actor_id, id, record)
    JOIN released ON released.id = c.actor_id
)
SELECT id FROM released

-- name: hold
-- What is paused already keeps its time. Whoever goes on has its alarms back: those that were due are not looked at
-- meanwhile, see `alarm_claim`. All of them are touched, as one that is being put away now is not seen to be.
WITH found AS MATERIALIZED (
    SELECT id, destroyed_at FROM actors_actor WHERE id = %(id)s FOR NO KEY UPDATE
), marked AS (
    UPDATE actors_actor SET
        paused_at = CASE %(calls)s::bool
            WHEN true THEN coalesce(paused_at, %(now)s) WHEN false THEN NULL ELSE paused_at
        END,
        queues_paused_at = CASE %(queues)s::bool
            WHEN true THEN coalesce(queues_paused_at, %(now)s) WHEN false THEN NULL ELSE queues_paused_at
        END
    WHERE id = (SELECT found.id FROM found WHERE found.destroyed_at IS NULL)
    RETURNING {record}
), alarms AS (
    UPDATE actors_alarm m
    SET wake_at = m.due_at + CASE WHEN marked.connectable_at IS NULL THEN 0 ELSE 20000 END
    FROM marked WHERE m.actor_id = marked.id AND false IN (%(calls)s::bool, %(queues)s::bool)
    RETURNING pg_notify('actors_alarm', '')
)
SELECT {record} FROM marked

-- name: forget_conns
DELETE FROM actors_conn WHERE actor_id = %(id)s AND generation < %(generation)s

-- name: destroy
WITH found AS MATERIALIZED (
    SELECT id, generation, destroyed_at FROM actors_actor WHERE id = %(id)s FOR NO KEY UPDATE
), gone AS (
    UPDATE actors_actor SET
        destroyed_at = %(destroyed_at)s, node_id = NULL, connectable_at = NULL, input = NULL, paused_at = NULL,
        queues_paused_at = NULL
    WHERE id = (
        SELECT found.id FROM found WHERE found.destroyed_at IS NULL
        AND (%(generation)s::bigint IS NULL OR found.generation = %(generation)s::bigint)
    )
    RETURNING id
), gone_state AS (
    DELETE FROM actors_state s USING gone WHERE s.actor_id = gone.id
), gone_conns AS (
    DELETE FROM actors_conn c USING gone WHERE c.actor_id = gone.id
), gone_kv AS (
    DELETE FROM actors_kv k USING gone WHERE k.actor_id = gone.id
), gone_queue AS (
    DELETE FROM actors_queue q USING gone WHERE q.actor_id = gone.id
), gone_messages AS (
    DELETE FROM actors_message m USING gone WHERE m.actor_id = gone.id
), gone_alarms AS (
    DELETE FROM actors_alarm m USING gone WHERE m.actor_id = gone.id
), gone_scheduler AS (
    DELETE FROM actors_scheduler s USING gone WHERE s.actor_id = gone.id
), gone_schedules AS (
    DELETE FROM actors_schedule s USING gone WHERE s.actor_id = gone.id
), gone_runs AS (
    DELETE FROM actors_run r USING gone WHERE r.actor_id = gone.id
)
SELECT id FROM gone

-- name: archive_actor
SELECT a.id, a.name, a.key, a.crash_policy, a.input, a.created_at, a.started_at, s.revision, s.state, q.last_id,
    (SELECT m.due_at FROM actors_alarm m WHERE m.actor_id = a.id AND m.source = 'queue'),
    p.revision, p.last_id, p.due_at
FROM actors_actor a JOIN actors_state s ON s.actor_id = a.id
LEFT JOIN actors_queue q ON q.actor_id = a.id LEFT JOIN actors_scheduler p ON p.actor_id = a.id
WHERE a.id = %(id)s

-- name: archive_messages
SELECT id, name, created_at, available_at, priority, attempts, dedupe, died_at, error, body, trace
FROM actors_message WHERE actor_id = %(id)s ORDER BY id

-- name: archive_runs
SELECT schedule_id, number, scheduled_at, started_at, attempts, result, again_at, ended_at, error
FROM actors_run WHERE actor_id = %(id)s ORDER BY schedule_id, number

-- name: archive_make
-- As if it were awake: what follows in the same transaction is written in the name of its generation, and then it is
-- given back. An actor that lives is left alone.
WITH made AS (
    INSERT INTO actors_actor
        (id, name, key, crash_policy, input, generation, created_at, started_at, connectable_at)
    VALUES (%(id)s, %(name)s, %(key)s, %(crash_policy)s, %(input)s, %(generation)s, %(created_at)s, %(started_at)s,
        %(now)s)
    ON CONFLICT (id) DO UPDATE SET
        name = excluded.name, key = excluded.key, crash_policy = excluded.crash_policy, input = excluded.input,
        generation = excluded.generation, created_at = excluded.created_at, started_at = excluded.started_at,
        connectable_at = excluded.connectable_at, destroyed_at = NULL, error = NULL, restart_at = NULL
    WHERE actors_actor.destroyed_at IS NOT NULL AND actors_actor.generation < excluded.generation
    RETURNING id, generation
)
INSERT INTO actors_state (actor_id, generation, revision, state)
SELECT id, generation, %(revision)s, %(state)s FROM made RETURNING actor_id

-- name: kv_get
SELECT key, value, expires_at FROM actors_kv
WHERE actor_id = %(id)s AND key = ANY (%(keys)b::bytea[]) AND (expires_at IS NULL OR expires_at > %(now)s)

-- name: kv_list
SELECT key, value, expires_at FROM actors_kv
WHERE actor_id = %(id)s AND key >= %(start)s AND key < %(end)s AND (expires_at IS NULL OR expires_at > %(now)s)
ORDER BY key LIMIT %(limit)s

-- name: kv_list_reverse
SELECT key, value, expires_at FROM actors_kv
WHERE actor_id = %(id)s AND key >= %(start)s AND key < %(end)s AND (expires_at IS NULL OR expires_at > %(now)s)
ORDER BY key DESC LIMIT %(limit)s

-- name: kv_write
-- The fence is a lock: a claim waits for us, or we for it, and then the row of our generation is not there any more.
WITH owned AS MATERIALIZED (
    SELECT w.n, s.actor_id
    FROM unnest(%(ids)b::text[], %(generations)b::bigint[]) WITH ORDINALITY AS w (actor_id, generation, n)
    JOIN actors_state s ON s.actor_id = w.actor_id AND s.generation = w.generation
    FOR SHARE OF s
), removed AS (
    DELETE FROM actors_kv k
    USING unnest(%(removing)b::bigint[], %(starts)b::bytea[], %(ends)b::bytea[]) AS r (n, first, past)
    JOIN owned ON owned.n = r.n
    WHERE k.actor_id = owned.actor_id AND k.key >= r.first AND k.key < r.past
), stored AS (
    INSERT INTO actors_kv (actor_id, key, value, expires_at)
    SELECT owned.actor_id, p.key, p.value, p.expires_at
    FROM unnest(%(putting)b::bigint[], %(keys)b::bytea[], %(values)b::bytea[], %(expiries)b::bigint[])
        AS p (n, key, value, expires_at)
    JOIN owned ON owned.n = p.n
    ON CONFLICT (actor_id, key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
)
SELECT n FROM owned

-- name: kv_sweep
-- A key that is being put again is left to whoever puts it.
DELETE FROM actors_kv k USING (
    SELECT actor_id, key FROM actors_kv WHERE expires_at < %(before)s
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) AS old
WHERE k.actor_id = old.actor_id AND k.key = old.key
RETURNING 1

-- fragment: openable
-- Of the actors that are asked for those that are ours. The share lock keeps a claim away until this is done: what it
-- makes stands under our generation.
asked AS MATERIALIZED (
    SELECT * FROM unnest(%(ids)b::text[], %(generations)b::bigint[]) AS asked (actor_id, generation)
), stated AS MATERIALIZED (
    SELECT s.actor_id, s.generation FROM actors_state s
    WHERE s.actor_id = ANY (ARRAY(SELECT actor_id FROM asked)) ORDER BY s.actor_id FOR SHARE
), openable AS (
    SELECT stated.actor_id, stated.generation
    FROM stated JOIN asked ON asked.actor_id = stated.actor_id AND asked.generation = stated.generation
    ORDER BY stated.actor_id
)

-- name: queue_open
WITH {openable}
INSERT INTO actors_queue (actor_id, generation) SELECT * FROM openable
ON CONFLICT (actor_id) DO UPDATE SET generation = excluded.generation
WHERE actors_queue.generation <= excluded.generation
RETURNING actor_id, generation, last_id, (
    SELECT m.due_at FROM actors_alarm m WHERE m.actor_id = actors_queue.actor_id AND m.source = 'queue'
)

-- name: queue_contents
SELECT actor_id, id, name, created_at, available_at, priority, attempts, dedupe, died_at, error
FROM actors_message WHERE actor_id = ANY (%(ids)b) ORDER BY actor_id, id

-- name: queue_write
-- The row of the queue is the fence, and its last id tells a message that is new from one that a repeated or late
-- statement brings again. `held` names the queues that are ours, so those of actors that are left out are not.
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(%(ids)b::text[], %(generations)b::bigint[], %(last_ids)b::bigint[])
        AS asked (actor_id, generation, last_id)
), locked AS MATERIALIZED (
    SELECT q.actor_id, q.generation, q.last_id FROM actors_queue q
    WHERE q.actor_id = ANY (ARRAY(SELECT actor_id FROM asked)) ORDER BY q.actor_id FOR NO KEY UPDATE
), held AS MATERIALIZED (
    SELECT locked.actor_id, locked.last_id, asked.last_id AS new_last_id
    FROM locked JOIN asked ON asked.actor_id = locked.actor_id AND asked.generation = locked.generation
), counted AS (
    UPDATE actors_queue q SET last_id = held.new_last_id FROM held
    WHERE q.actor_id = held.actor_id AND held.new_last_id > held.last_id
), put AS (
    INSERT INTO actors_message (actor_id, id, name, body, created_at, available_at, priority, dedupe)
    SELECT p.actor_id, p.id, p.name, p.body, p.created_at, p.available_at, p.priority, p.dedupe
    FROM unnest(
        %(put_actors)b::text[], %(put_ids)b::bigint[], %(names)b::text[], %(bodies)b::bytea[], %(created)b::bigint[],
        %(available)b::bigint[], %(priorities)b::bigint[], %(dedupes)b::text[]
    ) AS p (actor_id, id, name, body, created_at, available_at, priority, dedupe)
    JOIN held ON held.actor_id = p.actor_id WHERE p.id > held.last_id
), marked AS (
    UPDATE actors_message m
    SET attempts = w.attempts, available_at = w.available_at, died_at = w.died_at, error = w.error, trace = w.trace,
        priority = coalesce(w.priority, m.priority), body = coalesce(w.body, m.body)
    FROM unnest(
        %(mark_actors)b::text[], %(mark_ids)b::bigint[], %(attempts)b::bigint[], %(put_off)b::bigint[],
        %(died)b::bigint[], %(errors)b::text[], %(traces)b::text[], %(new_priorities)b::bigint[],
        %(new_bodies)b::bytea[]
    ) AS w (actor_id, id, attempts, available_at, died_at, error, trace, priority, body)
    JOIN held ON held.actor_id = w.actor_id
    WHERE m.actor_id = w.actor_id AND m.id = w.id
    RETURNING m.actor_id, m.id, m.body
), dropped AS (
    DELETE FROM actors_message m USING unnest(%(drop_actors)b::text[], %(drop_ids)b::bigint[]) AS d (actor_id, id)
    JOIN held ON held.actor_id = d.actor_id
    WHERE m.actor_id = d.actor_id AND m.id = d.id
), alarms AS MATERIALIZED (
    SELECT g.actor_id, 'queue' AS source, g.due_at
    FROM unnest(%(alarm_actors)b::text[], %(alarm_dues)b::bigint[]) AS g (actor_id, due_at)
    JOIN held ON held.actor_id = g.actor_id
), {alarms_kept}
SELECT held.actor_id, marked.id, marked.body FROM held LEFT JOIN marked ON marked.actor_id = held.actor_id

-- name: queue_read
SELECT id, body FROM actors_message WHERE actor_id = %(id)s AND id = ANY (%(ids)b)

-- name: alarm_next
SELECT wake_at FROM actors_alarm WHERE wake_at < 9007199254740991 ORDER BY wake_at LIMIT 1

-- name: alarm_beats
SELECT count(*)::int FROM pg_stat_activity WHERE application_name = %(name)s AND datname = current_database()

-- name: alarm_claim
-- Whoever comes second skips what the first has locked, and then finds it leased. Actors that are awake at a living
-- node are leased as well, but not returned. By ctid: of a row that has changed since our snapshot, which is what we
-- judge the actor by, only the lock is ours; it stays due. One that is paused is put away until `hold` or a claim of
-- its actor brings it back. The number is NEVER in alarms.py.
WITH leased AS (
    UPDATE actors_alarm m SET wake_at = CASE WHEN (
        SELECT a.paused_at IS NOT NULL OR (a.queues_paused_at IS NOT NULL AND m.source = 'queue')
        FROM actors_actor a WHERE a.id = m.actor_id
    ) THEN 9007199254740991 ELSE %(until)s END
    WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM actors_alarm WHERE wake_at <= %(before)s
        ORDER BY wake_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ))
    RETURNING actor_id, due_at, wake_at
), sleeper AS MATERIALIZED (
    SELECT a.id, a.node_id, a.connectable_at FROM actors_actor a
    WHERE a.id = ANY (ARRAY(SELECT actor_id FROM leased))
), holder AS MATERIALIZED (
    SELECT n.id, n.address FROM actors_node n
    WHERE n.id = ANY (ARRAY(SELECT node_id FROM sleeper)) AND NOT {lapsed} AND NOT {abandoned}
)
SELECT leased.actor_id, leased.due_at, holder.address
FROM leased JOIN sleeper ON sleeper.id = leased.actor_id LEFT JOIN holder ON holder.id = sleeper.node_id
WHERE leased.wake_at = %(until)s AND (holder.id IS NULL OR sleeper.connectable_at IS NULL)

-- name: schedule_open
WITH {openable}
INSERT INTO actors_scheduler (actor_id, generation) SELECT * FROM openable
ON CONFLICT (actor_id) DO UPDATE SET generation = excluded.generation
WHERE actors_scheduler.generation <= excluded.generation
RETURNING actor_id, generation, revision, last_id, due_at

-- name: schedule_contents
SELECT actor_id, id, kind, name, action, args, rules, created_at, due_at, last_run_at, runs, orphaned_at, paused_at
FROM actors_schedule WHERE actor_id = ANY (%(ids)b) ORDER BY actor_id, id

-- name: schedule_open_runs
SELECT actor_id, schedule_id, number, scheduled_at, started_at, attempts, result, again_at, ended_at, error
FROM actors_run WHERE actor_id = ANY (%(ids)b) AND ended_at IS NULL ORDER BY actor_id, schedule_id, number

-- name: schedule_write
-- The row of the scheduler is the fence, and its revision tells a write that is new from one that a repeated or late
-- statement brings again. It also says what is due, besides the alarm: a claim that waits for a write sees its end.
-- `held` names the actors that are ours, so those that are left out are not.
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest(
        %(ids)b::text[], %(generations)b::bigint[], %(revisions)b::bigint[], %(last_ids)b::bigint[], %(dues)b::bigint[]
    ) AS asked (actor_id, generation, revision, last_id, due_at)
), locked AS MATERIALIZED (
    SELECT s.actor_id, s.generation, s.revision, s.due_at FROM actors_scheduler s
    WHERE s.actor_id = ANY (ARRAY(SELECT actor_id FROM asked)) ORDER BY s.actor_id FOR NO KEY UPDATE
), held AS MATERIALIZED (
    SELECT asked.*, asked.revision > locked.revision AS fresh, locked.due_at AS was_due_at
    FROM locked JOIN asked ON asked.actor_id = locked.actor_id AND asked.generation = locked.generation
), counted AS (
    UPDATE actors_scheduler s SET revision = held.revision, last_id = held.last_id, due_at = held.due_at
    FROM held WHERE s.actor_id = held.actor_id AND held.fresh
), alarms AS MATERIALIZED (
    SELECT actor_id, 'schedule' AS source, due_at FROM held WHERE fresh AND due_at IS DISTINCT FROM was_due_at
), {alarms_kept}, put AS (
    INSERT INTO actors_schedule
        (actor_id, id, kind, name, action, args, rules, created_at, due_at, last_run_at, runs, orphaned_at, paused_at)
    SELECT p.actor_id, p.id, p.kind, p.name, p.action, p.args, p.rules, p.created_at, p.due_at, p.last_run_at, p.runs,
        p.orphaned_at, p.paused_at
    FROM unnest(
        %(put_actors)b::text[], %(put_ids)b::bigint[], %(kinds)b::text[], %(names)b::text[], %(actions)b::text[],
        %(args)b::bytea[], %(rules)b::text[]::jsonb[], %(created)b::bigint[], %(next)b::bigint[], %(last)b::bigint[],
        %(counts)b::bigint[], %(orphaned)b::bigint[], %(paused)b::bigint[]
    ) AS p (
        actor_id, id, kind, name, action, args, rules, created_at, due_at, last_run_at, runs, orphaned_at, paused_at
    )
    JOIN held ON held.actor_id = p.actor_id WHERE held.fresh
    ON CONFLICT (actor_id, id) DO UPDATE SET
        kind = excluded.kind, name = excluded.name, action = excluded.action, args = excluded.args,
        rules = excluded.rules, created_at = excluded.created_at, due_at = excluded.due_at,
        last_run_at = excluded.last_run_at, runs = excluded.runs, orphaned_at = excluded.orphaned_at,
        paused_at = excluded.paused_at
), dropped AS (
    DELETE FROM actors_schedule s USING unnest(%(drop_actors)b::text[], %(drop_ids)b::bigint[]) AS d (actor_id, id)
    JOIN held ON held.actor_id = d.actor_id AND held.fresh
    WHERE s.actor_id = d.actor_id AND s.id = d.id
), dropped_runs AS (
    DELETE FROM actors_run r USING unnest(%(drop_actors)b::text[], %(drop_ids)b::bigint[]) AS d (actor_id, id)
    JOIN held ON held.actor_id = d.actor_id AND held.fresh
    WHERE r.actor_id = d.actor_id AND r.schedule_id = d.id
), ran AS (
    INSERT INTO actors_run
        (actor_id, schedule_id, number, scheduled_at, started_at, attempts, result, again_at, ended_at, error)
    SELECT w.actor_id, w.id, w.number, w.scheduled_at, w.started_at, w.attempts, w.result, w.again_at, w.ended_at,
        w.error
    FROM unnest(
        %(run_actors)b::text[], %(run_ids)b::bigint[], %(numbers)b::bigint[], %(scheduled)b::bigint[],
        %(started)b::bigint[], %(attempts)b::bigint[], %(results)b::text[], %(again)b::bigint[], %(ended)b::bigint[],
        %(errors)b::text[]::jsonb[]
    ) AS w (actor_id, id, number, scheduled_at, started_at, attempts, result, again_at, ended_at, error)
    JOIN held ON held.actor_id = w.actor_id WHERE held.fresh
    ON CONFLICT (actor_id, schedule_id, number) DO UPDATE SET
        started_at = excluded.started_at, attempts = excluded.attempts, result = excluded.result,
        again_at = excluded.again_at, ended_at = excluded.ended_at, error = excluded.error
), trimmed AS (
    DELETE FROM actors_run r
    USING unnest(%(trim_actors)b::text[], %(trim_ids)b::bigint[], %(trim_numbers)b::bigint[]) AS t (actor_id, id, number)
    JOIN held ON held.actor_id = t.actor_id AND held.fresh
    WHERE r.actor_id = t.actor_id AND r.schedule_id = t.id AND r.number <= t.number AND r.ended_at IS NOT NULL
)
SELECT actor_id FROM held

-- name: schedule_history
SELECT schedule_id, number, scheduled_at, started_at, attempts, result, again_at, ended_at, error
FROM actors_run WHERE actor_id = %(id)s AND schedule_id = %(schedule)s ORDER BY number DESC LIMIT %(limit)s

-- name: outbox_add
-- Run by Django, on its own connection and in the caller's transaction: who listens is told at its commit.
WITH added AS (
    INSERT INTO actors_outbox (name, key, kind, member, body, target, created_at, next_at)
    VALUES (
        %(name)s, %(key)s, %(kind)s, %(member)s, %(body)s, %(target)s, %(created_at)s::bigint, %(created_at)s::bigint
    )
    RETURNING id
)
SELECT id, pg_notify('actors_outbox', '') FROM added

-- fragment: outbox_row
-- With whether its actor is paused: found by its key, or by its id where the call names that. No EXISTS, which might
-- be answered by reading all actors once.
id, attempts, kind = 'action' AND coalesce(
    (
        SELECT a.paused_at FROM actors_actor a
        WHERE a.name = actors_outbox.name AND a.key = actors_outbox.key AND a.destroyed_at IS NULL
    ),
    (SELECT a.paused_at FROM actors_actor a WHERE a.id = actors_outbox.key)
) IS NOT NULL, name, key, kind, member, body, target, created_at

-- name: outbox_claim
-- Only the first call of each actor, found for each due one by index. One that is locked is being claimed by another
-- node: then nothing of its actor is ours.
UPDATE actors_outbox SET next_at = %(until)s WHERE id = ANY (ARRAY(
    SELECT o.id FROM actors_outbox o
    WHERE o.failed_at IS NULL AND o.next_at <= %(now)s AND o.id = (
        SELECT f.id FROM actors_outbox f WHERE f.name = o.name AND f.key = o.key AND f.failed_at IS NULL
        ORDER BY f.id LIMIT 1
    )
    ORDER BY o.next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
))
RETURNING {outbox_row}

-- name: outbox_follow
UPDATE actors_outbox SET next_at = %(until)s WHERE id = ANY (ARRAY(
    SELECT o.id FROM actors_outbox o
    WHERE o.failed_at IS NULL AND o.next_at <= %(now)s AND o.id = (
        SELECT f.id FROM actors_outbox f WHERE f.name = %(name)s AND f.key = %(key)s AND f.failed_at IS NULL
        ORDER BY f.id LIMIT 1
    )
    FOR UPDATE SKIP LOCKED
))
RETURNING {outbox_row}

-- name: outbox_renew
UPDATE actors_outbox SET next_at = %(until)s WHERE id = ANY (%(ids)b) RETURNING id

-- name: outbox_mark
UPDATE actors_outbox
SET attempts = %(attempts)s, next_at = %(next_at)s, failed_at = %(failed_at)s, error = %(error)s WHERE id = %(id)s
RETURNING id

-- name: outbox_hasten
-- The first call to an actor that was paused, if it was put off for that: PAUSED in outbox.py.
WITH first AS (
    UPDATE actors_outbox SET next_at = %(now)s WHERE starts_with(error, 'actor.paused:') AND id = (
        SELECT f.id FROM actors_outbox f WHERE f.name = %(name)s AND f.key = %(key)s AND f.failed_at IS NULL
        ORDER BY f.id LIMIT 1
    )
    RETURNING id
)
SELECT pg_notify('actors_outbox', '') FROM first

-- name: outbox_take
-- The last step of the atomic block that did what the call asks. No row: it has been done before.
DELETE FROM actors_outbox WHERE id = %(id)s RETURNING id

-- name: outbox_holds
SELECT id FROM actors_outbox WHERE id = %(id)s

-- name: outbox_retry
-- Run by Django, as what follows: a call that was given up begins anew, and who listens is told at the commit.
WITH revived AS (
    UPDATE actors_outbox SET failed_at = NULL, error = NULL, attempts = 0, next_at = %(now)s
    WHERE id = %(id)s AND failed_at IS NOT NULL RETURNING id
)
SELECT id, pg_notify('actors_outbox', '') FROM revived

-- name: outbox_discard
DELETE FROM actors_outbox WHERE id = %(id)s AND failed_at IS NOT NULL RETURNING id

-- name: outbox_standing
-- By class; however many there are, it reads so many of those that wait, the longest due first, and of those given up.
SELECT name, count(created_at), min(created_at), count(failed_at) FROM (
    (
        SELECT name, created_at, NULL::bigint AS failed_at FROM actors_outbox
        WHERE failed_at IS NULL ORDER BY next_at LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT name, NULL, failed_at FROM actors_outbox
        WHERE failed_at IS NOT NULL ORDER BY failed_at DESC LIMIT %(limit)s
    )
) AS counted
GROUP BY name ORDER BY name
