"""Peak memory: of a stage, and of whole runs over the size of the book.

A run's must depend on the chunk only. Each run is a process of its own; its peak resident set is the kernel's own account of it (VmHWM).
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.synth import write_wide_book

COLUMNS = 30
SIZES = (200_000, 1_000_000)
ROUNDS = 3


def measure(customers: int) -> dict[str, Any]:
    """Runs over 12 statements x 30 columns a customer: the largest peak and the median seconds."""
    with tempfile.TemporaryDirectory() as folder:
        book = write_wide_book(Path(folder) / "wide", customers=customers, columns=COLUMNS, seed=7)
        results = [_run(book) for _ in range(ROUNDS)]
    seconds = statistics.median(result["seconds"] for result in results)
    return {
        "customers": customers,
        "rows": 12 * customers,
        "columns": COLUMNS,
        "rounds": ROUNDS,
        "peak_rss_bytes": max(result["peak_rss_bytes"] for result in results),
        "seconds": seconds,
        "rows_per_second": 13 * customers / seconds,
    }


def _run(book: Path) -> dict[str, Any]:
    """One fresh run in a process of its own."""
    command = [sys.executable, "-m", "engine.cli", "run", str(book), "--fresh", "--json"]
    done = subprocess.run(command, capture_output=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def growth(work: Callable[[], object]) -> int:
    """Bytes by which resident memory of this process rises, at its highest, while ``work`` works."""
    Path("/proc/self/clear_refs").write_text("5")  # resets the kernel's high-water mark
    before = _status("VmRSS")
    work()
    return max(0, _status("VmHWM") - before)


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024


def measure_all() -> list[dict[str, Any]]:
    """All sizes, one after another; the growth is relative to the first."""
    runs = [measure(customers) for customers in SIZES]
    for run in runs:
        run["growth"] = run["peak_rss_bytes"] / runs[0]["peak_rss_bytes"] - 1.0
    return runs
