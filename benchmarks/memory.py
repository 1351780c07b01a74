"""Peak memory, by the kernel's own account: of each stage, and of whole runs over the book's size.

Stages run once, one after another, in a process of their own for each contender, so that no
earlier round has left memory behind; a stage's peak holds the results of those before it. A whole
run's peak must depend on the chunk only; each is a process of its own.
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

from benchmarks import cases
from benchmarks.cases import Workload
from engine.synth import write_wide_book

COLUMNS = 30
SIZES = (200_000, 1_000_000)
ROUNDS = 3
STAGES: dict[str, dict[str, Callable[[Workload], object]]] = {
    "ours": {
        "ingest": lambda w: w.ingested,
        "aggregate": lambda w: w.features,
        "score": lambda w: w.scores,
        "evaluate": lambda w: w.offers,
        "publish": cases.publish,
    },
    "plain": {
        "ingest": lambda w: w.plain_tables,
        "aggregate": lambda w: w.plain_features,
        "score": lambda w: w.plain_scores,
        "evaluate": lambda w: w.plain_offers,
        "publish": cases.publish_plainly,
    },
}


def stage_peaks(customers: int) -> dict[str, dict[str, int]]:
    """Peak resident bytes by contender and stage, on the demo book."""
    with tempfile.TemporaryDirectory() as folder:
        workload = Workload(Path(folder) / "demo", customers)
        made = str(workload.book.folder)
        return {contender: _child(made, str(customers), contender) for contender in STAGES}


def _child(*arguments: str) -> dict[str, int]:
    command = [sys.executable, "-m", "benchmarks.memory", *arguments]
    found: dict[str, int] = json.loads(
        subprocess.run(command, capture_output=True, check=True).stdout
    )
    return found


def _peaks(workload: Workload, contender: str) -> dict[str, int]:
    """Stage by stage in this process."""
    _ = workload.models
    peaks = {}
    for name, work in STAGES[contender].items():
        Path("/proc/self/clear_refs").write_text("5")  # resets the kernel's high-water mark
        work(workload)
        lines = Path("/proc/self/status").read_text().splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        peaks[name] = int(peak.split()[1]) * 1024
    return peaks


def run_peaks() -> list[dict[str, Any]]:
    """Whole runs of all sizes, one after another; the growth is relative to the first."""
    runs = [_measure(customers) for customers in SIZES]
    for run in runs:
        run["growth"] = run["peak_rss_bytes"] / runs[0]["peak_rss_bytes"] - 1.0
    return runs


def _measure(customers: int) -> dict[str, Any]:
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


if __name__ == "__main__":
    made, size, who = sys.argv[1:]
    print(json.dumps(_peaks(Workload(Path(made), int(size)), who)))
