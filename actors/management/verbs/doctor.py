"""`actors doctor`: what is wrong with this site, in plain words, and what to do about it. Changes nothing."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

import httpx
import psycopg
from django.core.checks import run_checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from actors.apps import database_address
from actors.gateway.dependencies import UNKNOWN, Finding, examine, lent_store, reached
from actors.gateway.outbox_operator import LONG_WAIT, by_class, late, standing
from actors.gateway.platform import current
from actors.management.verbs.printing import add_json, print_json
from actors.storage.store import NodeRecord

HELP = "Look over the whole site and say what is wrong and what to do."
NODE_SECONDS = 3.0
DATABASE_SECONDS = 2
NODE_REMEDY = (
    "Its process may hang or be gone: restart it. If it runs, set ACTORS['INTERNAL_ADDRESS'] to what other "
    "machines reach."
)
GIVEN_UP_REMEDY = (
    "Look at their errors: `manage.py actors outbox --failed`. Then `actors outbox retry ID` has one "
    "delivered after all, and `actors outbox discard ID` removes it."
)
LATE_REMEDY = (
    "Look at their last errors: `manage.py actors outbox`. Without any, no node delivers: start one."
)


def add_arguments(parser: ArgumentParser) -> None:
    add_json(parser)


def handle(options: dict[str, Any]) -> None:
    findings = [*_settings(), *asyncio.run(_look_around())]
    reason = "" if reached(findings) else _why_away()
    if reason:
        findings = [_with_reason(finding, reason) for finding in findings]
        findings += _not_looked_at("the database is away", "migrations", "outbox")
    else:
        findings += _tables()
    if options["json"]:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            _tell(finding)
    sick = sum(not finding.well for finding in findings)
    if sick:
        sys.exit(1)


def _tell(finding: Finding) -> None:
    print(f"{'ok' if finding.well else '!!'}  {finding.part}: {finding.text}")
    for words in (finding.without, finding.remedy):
        if words:
            print(f"    {words}")


def _settings() -> Iterator[Finding]:
    """What `manage.py check` finds about actors."""
    problems = run_checks(tags=["actors"])
    for problem in problems:
        yield Finding("settings", False, f"{problem.id}: {problem.msg}", remedy=problem.hint or "")
    if not problems:
        yield Finding("settings", True, "no mistakes in the settings and the actor classes")


def _tables() -> Iterator[Finding]:
    """What a database that answers has of ours."""
    migrations = _migrations()
    yield migrations
    if migrations.well:
        yield from outbox(current().clock.now_ms())
    else:
        yield from _not_looked_at("migrations are missing", "outbox")


def _not_looked_at(reason: str, *parts: str) -> Iterator[Finding]:
    for part in parts:
        yield Finding(part, False, f"not looked at: {reason}")


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        text = f"{len(missing)} not applied, the first {missing[0][0]}"
        return Finding("migrations", False, text, "Actors do not start.", "Run `manage.py migrate`.")
    return Finding("migrations", True, "all applied")


def outbox(now: int) -> Iterator[Finding]:
    """Calls that were given up, and those that should have been delivered long ago."""
    found = standing()
    given_up = by_class([(one.name, one.given_up) for one in found])
    if given_up:
        without = "What they ask for has not been done."
        yield Finding("outbox", False, f"{given_up} given up", without, GIVEN_UP_REMEDY)
    else:
        yield Finding("outbox", True, "no call was given up")
    long = late(found, now)
    if long:
        longest = now - min(one.since or now for one in long)
        waiting = by_class([(one.name, one.waiting) for one in long])
        text = f"{waiting} wait, the oldest for {longest // 1000} s"
        yield Finding("outbox delivery", False, text, "Calls to the same actors wait with them.", LATE_REMEDY)
    else:
        yield Finding("outbox delivery", True, f"no call waits longer than {LONG_WAIT} s")


async def _look_around() -> list[Finding]:
    """Dependencies, and each node at the address that it tells the others."""
    async with lent_store(current()) as opened:
        findings = await examine(opened, current().clock)
        if reached(findings):
            return findings + await _nodes(await (await opened()).live_nodes())
    return [*findings, Finding("nodes", False, UNKNOWN)]


def _why_away() -> str:
    """What the store's pool, which only tries again, does not tell. Empty for a database that is there."""
    try:
        psycopg.connect(database_address(), connect_timeout=DATABASE_SECONDS).close()
    except psycopg.Error as failure:
        return " ".join(str(failure).split())
    return ""


def _with_reason(finding: Finding, reason: str) -> Finding:
    return replace(finding, text=f"does not answer: {reason}") if finding.part == "database" else finding


async def _nodes(nodes: Sequence[NodeRecord]) -> list[Finding]:
    if not nodes:
        without = "No actor can be reached."
        return [Finding("nodes", False, "none is running", without, "Start one: manage.py actors serve")]
    async with httpx.AsyncClient(trust_env=False, timeout=NODE_SECONDS) as client:
        return [await _node(client, node) for node in nodes]


async def _node(client: httpx.AsyncClient, node: NodeRecord) -> Finding:
    part = f"node {node.node_id[:8]}"
    try:
        answer = await client.get(f"{node.address}/health")
    except httpx.HTTPError as problem:
        text = f"does not answer at {node.address} ({type(problem).__name__})"
    else:
        if answer.is_success:
            return Finding(part, True, f"answers at {node.address}")
        text = f"answers at {node.address} with status {answer.status_code}"
    without = "Calls for its actors that reach another process fail."
    return Finding(part, False, text, without, NODE_REMEDY)
