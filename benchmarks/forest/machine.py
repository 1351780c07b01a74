"""What a figure was measured on: the kind of machine and the commit, not the host."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.forest.environments import ROOT

_VECTORS = ("avx512f", "avx2", "avx", "sse4_2")


def machine_info() -> dict[str, Any]:
    """Processor, cores, caches, memory; Linux only."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = dict(part for line in lines if len(part := line.split("\t: ")) == 2)
    processor = {name.strip(): value for name, value in processor.items()}
    flags = processor.get("flags", "").split()
    return {
        "processor": processor.get("model name", platform.machine()),
        "vectors": next((name for name in _VECTORS if name in flags), ""),
        "cores": os.cpu_count(),
        "caches": _caches(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": platform.python_version(),
    }


def _caches() -> dict[str, str]:
    """Size of each cache of the first core, as ``L1d``, ``L2``, ..."""
    found = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = (
            (folder / name).read_text().strip() for name in ("level", "type", "size")
        )
        if kind != "Instruction":
            found[f"L{level}" + ("d" if kind == "Data" else "")] = size
    return found


def commit_info() -> dict[str, Any]:
    """The commit, and whether files in git differ from it."""
    commit = _git("rev-parse", "HEAD")
    return {"id": commit, "dirty": bool(_git("status", "--porcelain", "--untracked-files=no"))}


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], check=True, cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()
