"""The call chain between nodes: a header that counts only under a seal, so nobody outside can forge one."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from actors.gateway.internal import CHAIN, Seal
from actors.protocol import cbor
from actors.runtime.calls import Caller, chain_now, current
from actors.runtime.chain import Link


def chain_headers() -> Mapping[bytes, bytes]:
    """Who waits for the call that is about to be passed on; none where nobody does."""
    chain = chain_now()
    return {CHAIN: b64encode(cbor.encode([list(link) for link in chain]))} if chain else {}


@contextmanager
def passed_on(seal: Seal | None, headers: Mapping[bytes, bytes]) -> Iterator[None]:
    """Inside the block calls descend from the chain that another node has sent along."""
    text = None if seal is None else headers.get(CHAIN)
    if text is None:
        yield
        return
    chain = tuple(Link(*link) for link in cbor.decode(b64decode(text)))  # sealed: we have written it
    token = current.set(Caller(None, chain))
    try:
        yield
    finally:
        current.reset(token)
