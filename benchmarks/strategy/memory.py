"""Memory of the optimiser a customer: the growth of the peak of whole solves, in own processes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.strategy.book import CASHFLOW, FACTS, SOURCE, columns, config, pricing
from benchmarks.strategy.solving import ONE
from engine.resident import peak_rss_bytes
from engine.strategy import best, prepare
from engine.strategy.menu.columns import keep_columns, kept_columns

SIZES = (4_000_000, 12_000_000)


CASES = {
    "source, logistic": (SOURCE, "logistic"),
    "cash flow, propensity and market": (CASHFLOW, "market"),
}


def measure_memory() -> dict[str, dict[str, float]]:
    """Bytes a customer between two sizes: all that is resident, the mapped columns among it."""
    found = {}
    with tempfile.TemporaryDirectory() as made:
        folders = [Path(made) / str(size) for size in SIZES]
        for folder, size in zip(folders, SIZES, strict=True):
            keep_columns(folder, columns(size))
        for name in CASES:
            peaks = [_peak(folder, name) for folder in folders]
            found[name] = {
                "bytes_a_customer": (peaks[1] - peaks[0]) / (SIZES[1] - SIZES[0]),
                **{f"peak_{size}": peak for size, peak in zip(SIZES, peaks, strict=True)},
            }
    return found


def _peak(folder: Path, case: str) -> float:
    command = [sys.executable, "-m", "benchmarks.strategy.memory", str(folder), case]
    done = subprocess.run(command, capture_output=True, check=True)
    return float(json.loads(done.stdout))


def main(folder: Path, case: str) -> None:
    """One solve of the columns kept in ``folder``; prints the peak in bytes."""
    money = pricing(folder, *CASES[case])
    best(prepare(kept_columns(folder), money, config(20, ONE), FACTS, threads=2))
    print(peak_rss_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
