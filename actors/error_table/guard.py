"""Errors of the gateway before an actor is reached: `guard.*`."""

from __future__ import annotations

from typing import Final

from actors.error_table.kind import ErrorKind

# One row on two lines: a table is read downwards, so the formatter keeps off.
# fmt: off
GUARD: Final[dict[str, ErrorKind]] = {
    "guard.actor_ready_timeout": ErrorKind("Timed out waiting for actor to become ready.",
        "Look at on_create and on_wake of the actor, and whether a node is running.", 503),
    "guard.actor_runner_failed": ErrorKind("Actor's runner pool is experiencing errors.",
        "Look at the log of the nodes.", 400),
    "guard.actor_stopped_while_waiting": ErrorKind("Actor {actor_id} stopped during {phase}.",
        "Repeat the call; official clients do so by themselves.", 503, retried_by_client=True),
    "guard.actor_wake_retries_exceeded": ErrorKind(
        "Actor {actor_id} stopped before becoming ready after {wake_retries} wake retries: {reason}.",
        "The actor fails to start: look at create_state, on_create and on_wake.", 503,
        retried_by_client=True),
    "guard.gateway_response_start_timeout": ErrorKind("Timed out during {phase} after {timeout_ms} ms.",
        "The node did not answer in time; look at its event loop lag.", 504, retried_by_client=True),
    "guard.invalid_header": ErrorKind("Invalid {header} header: {detail}.",
        "Correct or leave out the header.", 400),
    "guard.invalid_request_body": ErrorKind("Unable to parse request body: {reason}.",
        "Keep bodies under 20 MiB.", 413),
    "guard.invalid_response_body": ErrorKind("Unable to parse response body: {reason}.",
        "Keep bodies under 20 MiB.", 502),
    "guard.missing_header": ErrorKind("Missing {header} header.",
        "Send the header beside x-rivet-target.", 400),
    "guard.missing_query_parameter": ErrorKind("Missing {parameter} query parameter.",
        "Add the parameter.", 400),
    "guard.no_route": ErrorKind("No route found for hostname {host}, path {path}.",
        "Check the path against the list of routes.", 404),
    "guard.not_available": ErrorKind("{feature} is not available in this version of the platform.",
        "Own. docs/compatibility.md says what is there and what comes.", 501, 501),
    "guard.query_duplicate_param": ErrorKind("duplicate query gateway param: {name}",
        "Give each rvt- parameter once.", 400),
    "guard.query_empty_actor_name": ErrorKind("query gateway actor name must not be empty",
        "Put the actor's name after /gateway/.", 400),
    "guard.query_get_disallowed_params": ErrorKind(
        "query gateway method=get does not allow rvt-input, rvt-region, rvt-crash-policy, or rvt-pool params",
        "Leave them out, or use getOrCreate.", 400),
    "guard.query_invalid_base64_input": ErrorKind("invalid base64url in query gateway input",
        "Encode the input as base64url without padding.", 400),
    "guard.query_invalid_cbor_input": ErrorKind("invalid query gateway input cbor: {detail}",
        "Encode the input as CBOR before base64url.", 400),
    "guard.query_invalid_params": ErrorKind("invalid query gateway params: {detail}",
        "Correct the rvt- parameter that the message names.", 400),
    "guard.query_invalid_percent_encoding": ErrorKind(
        "invalid percent-encoding for query gateway param '{name}'",
        "Escape the value as encodeURIComponent does.", 400),
    "guard.query_missing_pool": ErrorKind("query gateway method=getOrCreate requires rvt-pool param",
        "Add rvt-runner=default.", 400),
    "guard.query_path_token_syntax": ErrorKind("query gateway paths must not use @token syntax",
        "Send the token as rvt-token.", 400),
    "guard.request_timeout": ErrorKind("Request timed out during {phase} after {timeout_seconds} seconds.",
        "Repeat the request.", 504),
    "guard.service_unavailable": ErrorKind("No node can take the request now.",
        "Repeat the call; official clients do so by themselves.", 503, 503, retried_by_client=True),
    "guard.tunnel_message_timeout": ErrorKind("Actor tunnel message timed out during {phase}: {reason}.",
        "Look at the network between the nodes.", 504, retried_by_client=True),
    "guard.tunnel_request_aborted": ErrorKind("Actor tunnel aborted the request during {phase}.",
        "Repeat the call; official clients do so by themselves.", 503, retried_by_client=True),
    "guard.tunnel_response_closed": ErrorKind(
        "Actor tunnel closed before sending a response during {phase}.",
        "The owner's node went away during the call.", 503, retried_by_client=True),
    "guard.wrong_node": ErrorKind("Actor '{actor_id}' is hosted by another node.",
        "Own. Between nodes: the caller asks the directory again. Seen by a client: repeat the call.",
        421, 421),
    "guard.websocket_closed_before_open": ErrorKind(
        "WebSocket closed before opening with code {close_code}: {close_reason}.",
        "Check the connection params and the actor's on_connect.", 400),
    "guard.websocket_open_timeout": ErrorKind("Timed out waiting for WebSocket open after {timeout_ms} ms.",
        "Make on_before_connect and on_connect faster.", 400),
}
# fmt: on
