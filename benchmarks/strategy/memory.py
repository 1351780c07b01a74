"""Memory of the optimiser a customer: the growth of the peak of whole solves, in own processes."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.strategy.book import FACTS, SOURCE, columns, config, pricing
from benchmarks.strategy.solving import ONE
from engine.strategy import best, prepare
from engine.strategy.menu.columns import _mapped, _write

SIZES = (4_000_000, 12_000_000)


def measure_memory() -> dict[str, float]:
    """Bytes a customer between two sizes: all that is resident, the mapped columns among it."""
    peaks = []
    with tempfile.TemporaryDirectory() as made:
        for size in SIZES:
            folder = Path(made) / str(size)
            _write(folder, columns(size))
            command = [sys.executable, "-m", "benchmarks.strategy.memory", str(folder)]
            done = subprocess.run(command, capture_output=True, check=True)
            peaks.append(int(json.loads(done.stdout)))
    return {
        "bytes_a_customer": (peaks[1] - peaks[0]) / (SIZES[1] - SIZES[0]),
        **{f"peak_{size}": float(peak) for size, peak in zip(SIZES, peaks, strict=True)},
    }


def main(folder: Path) -> None:
    """One solve of the columns kept in ``folder``; prints the peak in bytes."""
    money = pricing(folder, SOURCE, "logistic")
    best(prepare(_mapped(folder), money, config(20, ONE), FACTS, threads=2))
    print(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
