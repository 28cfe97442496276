"""`actors doctor`: what is wrong with this site, in plain words, and what to do about it. Changes nothing."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import httpx
from django.core.checks import run_checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from actors.gateway.dependencies import Finding, examine, lent_store
from actors.gateway.platform import current
from actors.management.verbs.printing import add_json, print_json
from actors.storage.store import NodeRecord

HELP = "Look over the whole site and say what is wrong and what to do."
NODE_SECONDS = 3.0


def add_arguments(parser: ArgumentParser) -> None:
    add_json(parser)


def handle(options: dict[str, Any]) -> None:
    findings = [*_settings(), *asyncio.run(_look_around())]
    if all(finding.well for finding in findings if finding.part == "database"):
        findings.append(_migrations())
        if findings[-1].well:
            findings.append(asyncio.run(_outbox()))
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


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        text = f"{len(missing)} not applied, the first {missing[0][0]}"
        return Finding("migrations", False, text, "Actors do not start.", "Run `manage.py migrate`.")
    return Finding("migrations", True, "all applied")


async def _outbox() -> Finding:
    async with lent_store(current()) as opened:
        count = await (await opened()).outbox.failed()
    if not count:
        return Finding("outbox", True, "no call was given up")
    remedy = "Look at their errors in the table actors_outbox: see docs/outbox.md."
    return Finding("outbox", False, f"{count} given up", "What they ask for has not been done.", remedy)


async def _look_around() -> list[Finding]:
    """Dependencies, and each node at the address that it tells the others."""
    async with lent_store(current()) as opened:
        findings = await examine(opened, current().clock)
        reached = any(finding.part == "database" and finding.well for finding in findings)
        nodes = await (await opened()).live_nodes() if reached else []
    return findings + await _nodes(nodes)


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
    return Finding(part, False, text, without, "Set ACTORS['INTERNAL_ADDRESS'] to what other machines reach.")
