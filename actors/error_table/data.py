"""Errors of what actors keep and send: messages, queues, KV, connections, storage."""

from __future__ import annotations

from typing import Final

from actors.error_table.kind import ErrorKind

# One row on two lines: a table is read downwards, so the formatter keeps off.
# fmt: off
DATA: Final[dict[str, ErrorKind]] = {
    "message.incoming_too_long": ErrorKind("Incoming message too long",
        "Send less in one message, or raise the limit that docs/limits.md names.", 400),
    "message.invalid_utf8": ErrorKind("Text frame is not UTF-8",
        "Send binary data in binary frames.", 400),
    "message.outgoing_too_long": ErrorKind("Outgoing message too long",
        "Answer in pages, or raise the limit that docs/limits.md names.", 400),
    "message.slow_consumer": ErrorKind(
        "The client did not read: more than the allowed bytes were waiting for it.",
        "Own. Read faster, subscribe to less, or raise ACTORS[\"MAX_UNSENT\"].", 400),
    "queue.already_completed": ErrorKind("Queue message was already completed",
        "Call complete() once.", 400),
    "queue.complete_not_configured": ErrorKind("Queue '{name}' does not support completion responses.",
        "Receive with completion if the sender waits for an answer.", 400),
    "queue.completion_waiter_dropped": ErrorKind("Queue completion waiter dropped before response",
        "The actor stopped. The message stays queued, but nobody is told of its end: ask the actor.", 400),
    "queue.dead_letter": ErrorKind("The message was given up after {attempts} attempts.",
        "Own. Look at its last error with dead_letters(), then replay() or discard() it.", 400),
    "queue.full": ErrorKind("Queue is full. Limit is {limit} messages.",
        "Slow the senders or consume faster.", 400),
    "queue.invalid_completion_payload": ErrorKind("Queue completion is invalid: {reason}",
        "Complete with a value of the queue's declared completion type.", 400),
    "queue.invalid_payload": ErrorKind("Queue message is invalid: {reason}",
        "Send a body of the queue's declared type.", 400),
    "queue.invalid_request": ErrorKind("Queue request is invalid: {reason}",
        "Own. Correct what the reason names: see docs/queues.md.", 400),
    "queue.lease_expired": ErrorKind("The lease of queue message {id} has run out: it was given back.",
        "Own. Complete it within Queue(lease=...), or call extend() while you work on it.", 400),
    "queue.message_invalid": ErrorKind("Queue message is invalid: {reason}",
        "It was stored under another type, or the database refuses it: give new fields defaults.", 400),
    "queue.message_too_large": ErrorKind("Queue message too large ({size} bytes). Limit is {limit} bytes.",
        "Store the data elsewhere and queue a reference.", 400),
    "queue.previous_message_not_completed": ErrorKind("The previous message was not completed",
        "`async with message:`, or complete() or retry() it before the next one; next() takes several.", 400),
    "queue.timed_out": ErrorKind("Queue wait timed out after {timeout_ms} ms.",
        "The message stays queued; wait longer or ask again later.", 400),
    "kv.batch_too_large": ErrorKind("KV batch too large ({size} bytes). Limit is {limit} bytes.",
        "Own. Put in several batches; each is one transaction.", 400),
    "kv.invalid_request": ErrorKind("KV request is invalid: {reason}",
        "Own. Correct what the reason names: see docs/kv.md.", 400),
    "kv.key_too_large": ErrorKind("KV key too large ({size} bytes). Limit is {limit} bytes.",
        "Shorten or hash the key.", 400),
    "kv.not_text": ErrorKind("What is stored in KV is not UTF-8 text.",
        "Own. Read it with type=bytes, and keys of a list with key_type=bytes.", 400),
    "kv.too_many_keys": ErrorKind("KV call with {count} keys. Limit is {limit} keys.",
        "Own. Use several calls, or a range.", 400),
    "kv.value_too_large": ErrorKind("KV value too large ({size} bytes). Limit is {limit} bytes.",
        "Split the value over several keys.", 400),
    "connection.not_configured": ErrorKind("Connection {component} is not configured.",
        "Give conn.state its value in on_connect or create_conn_state.", public=False),
    "connection.not_found": ErrorKind("Connection '{conn_id}' was not found.",
        "It has closed; iterate over self.conns instead of keeping ids.", public=False),
    "connection.not_hibernatable": ErrorKind("Connection '{conn_id}' is not hibernatable.",
        "docs/compatibility.md says what this version has; the client reconnects.", public=False),
    "storage.unavailable": ErrorKind("Storage is unavailable. Nothing was changed; try again.",
        "Own. Look whether Postgres runs: `manage.py actors doctor`. The server's log says why.", 503, 503),
}
# fmt: on
