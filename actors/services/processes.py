"""Child processes that cannot outlive their parent, and how to end them. Used by guard and supervisor."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

PR_SET_PDEATHSIG = 1

# Loaded here because the function below runs between fork and exec, where importing is not safe.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def tie_to_parent(number: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends `number` to the child when the thread that started it ends.

    Start such children from the main thread only. Outside Linux it does nothing.
    """
    parent = os.getpid()

    def tie() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)

    return tie


async def stop(process: asyncio.subprocess.Process, steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Signal the process until it has ended: each signal gets its seconds before the next."""
    for number, patience in steps:
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(number)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), patience)


def describe_end(code: int) -> str:
    """`code` as subprocess gives it, in words."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
