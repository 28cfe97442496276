"""Forwarding: a call for an actor of another node goes on over HTTP to that node's internal address.

Also the wire of processes that host no node. Says with each failure whether the call can have begun at the
owner. Never decodes a body and never retries by itself.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx

from actors.clock import Clock
from actors.conf import NodeConfig
from actors.errors import error
from actors.gateway.internal import HEADER, WRONG_NODE, Head, seal

CONNECT_TIMEOUT: Final = 3.0
RESPONSE_TIMEOUT: Final = 300.0
"""Seconds until the owner must begin to answer; the action's own timeout is the owner's business."""
JSON: Final[Mapping[bytes, bytes]] = {b"content-type": b"application/json"}
"""The header of a call from one of the platform's own doors to another."""
KEEP_ALIVE: Final = 4.0
"""Shorter than any server's, so that a call rarely meets a connection that the other side is closing."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request to send on: `url` is path and query below the address, `headers` what the owner needs.

    `streamed`: the answer's body is not read; whoever gets the answer reads and closes its `rest`.
    """

    method: str
    url: str
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""
    streamed: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The owner's answer. `wrong_node`: it does not host the actor and has done nothing."""

    status: int
    headers: httpx.Headers
    body: bytes
    rest: httpx.Response | None = None

    @property
    def wrong_node(self) -> bool:
        """An actor may answer with that status too, but then it is named."""
        return self.status == WRONG_NODE and "x-rivet-actor" not in self.headers


class Unreachable(Exception):
    """The node did not take the call: nothing was started."""


class Forwarder:
    """Keeps one pool of connections (`client`), bound to the event loop of its first call."""

    def __init__(self, config: NodeConfig, clock: Clock) -> None:
        self._secret = config.internal_secret
        self._clock = clock
        self.client: httpx.AsyncClient | None = None

    async def send(self, address: str, call: Call, hops: int) -> Answer:
        """Raises Unreachable, or actor.outcome_unknown when the connection broke after the call was sent."""
        url = httpx.URL(address + call.url)
        headers = {b"host": url.netloc, **call.headers}
        # Escaped as the owner will see it, but with `/../` as it came: that reaches no other route sealed.
        head = Head(call.method, httpx.URL(call.url).raw_path.decode("ascii"), headers)
        headers[HEADER] = seal(self._secret, head, call.body, hops, self._clock.now_ms())
        try:
            if call.streamed:
                return await self._begin(call, url, headers)
            response = await self.pool().request(call.method, url, headers=headers, content=call.body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
            raise Unreachable(address) from exc
        except (httpx.TransportError, asyncio.IncompleteReadError) as exc:
            raise error("actor.outcome_unknown") from exc
        return Answer(response.status_code, response.headers, response.content)

    async def ask(self, address: str, call: Call, hops: int) -> Answer | None:
        """As `send`; None from a node that did not take the call."""
        try:
            answer = await self.send(address, call, hops)
        except Unreachable:
            return None
        return None if answer.wrong_node else answer

    async def _begin(self, call: Call, url: httpx.URL, headers: dict[bytes, bytes]) -> Answer:
        """The head of the answer within RESPONSE_TIMEOUT; its body may take as long as the actor likes."""
        timeout = httpx.Timeout(None, connect=CONNECT_TIMEOUT, pool=CONNECT_TIMEOUT)
        pool = self.pool()
        request = pool.build_request(call.method, url, headers=headers, content=call.body, timeout=timeout)
        try:
            async with self._clock.timeout(RESPONSE_TIMEOUT):
                response = await pool.send(request, stream=True)
        except TimeoutError as exc:
            raise error("actor.outcome_unknown") from exc
        answer = Answer(response.status_code, response.headers, b"", response)
        if answer.wrong_node:
            await response.aclose()
        return answer

    async def close(self) -> None:
        if self.client is not None:
            await self.client.aclose()
            self.client = None

    def pool(self) -> httpx.AsyncClient:
        """The client, made by the first call: also by whoever wants to have it before a call waits for it."""
        if self.client is None:
            self.client = httpx.AsyncClient(
                verify=_certificates(),
                timeout=httpx.Timeout(RESPONSE_TIMEOUT, connect=CONNECT_TIMEOUT),
                limits=httpx.Limits(max_connections=200, keepalive_expiry=KEEP_ALIVE),
                # One user's cookies must not travel with another's call.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                trust_env=False,
            )
        return self.client


@cache
def _certificates() -> ssl.SSLContext:
    """Reading them takes tens of milliseconds: once a process."""
    return httpx.create_ssl_context(trust_env=False)
