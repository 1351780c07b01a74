"""Peak memory of whole runs over the size of the book: it must depend on the chunk only.

Each run is a process of its own; its peak resident set is the kernel's own account of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from engine.synth import write_wide_book

COLUMNS = 30
SIZES = (200_000, 1_000_000)


def measure(customers: int) -> dict[str, Any]:
    """Seconds and peak resident bytes of one run over 12 statements x 30 columns a customer."""
    with tempfile.TemporaryDirectory() as folder:
        book = write_wide_book(Path(folder) / "wide", customers=customers, columns=COLUMNS, seed=7)
        command = [sys.executable, "-m", "engine.cli", "run", str(book), "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        stdout = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        if status != 0:
            raise RuntimeError(f"the run over {customers:,} customers ended with status {status}")
    result = json.loads(stdout)
    return {
        "customers": customers,
        "rows": 12 * customers,
        "columns": COLUMNS,
        "peak_rss_bytes": usage.ru_maxrss * 1024,
        "seconds": result["seconds"],
        "rows_per_second": result["rows_per_second"],
    }


def measure_all() -> list[dict[str, Any]]:
    """All sizes, one after another; the growth is relative to the first."""
    runs = [measure(customers) for customers in SIZES]
    for run in runs:
        run["growth"] = run["peak_rss_bytes"] / runs[0]["peak_rss_bytes"] - 1.0
    return runs
