"""``python -m benchmarks``: stages, then memory, one after another, into ``benchmarks/results``.

Nothing else may run on the machine meanwhile. Prints the table that benchmarks/README.md holds.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.memory import measure_all

RESULTS = Path(__file__).parent / "results"
STAGES = RESULTS / "stages.json"
MEMORY = RESULTS / "memory.json"


def main() -> None:
    RESULTS.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "pytest", "benchmarks", "-q", f"--benchmark-json={STAGES}"]
    subprocess.run(command, check=True)
    stages = json.loads(STAGES.read_text())
    _shorten(stages)
    STAGES.write_text(json.dumps(stages, indent=1) + "\n")
    memory = {
        "machine_info": stages["machine_info"],
        "commit_info": stages["commit_info"],
        "runs": measure_all(),
    }
    MEMORY.write_text(json.dumps(memory, indent=1) + "\n")
    _print(stages, memory["runs"])


def _shorten(stages: dict[str, Any]) -> None:
    """Medians and extremes are enough; the single rounds are not kept."""
    for benchmark in stages["benchmarks"]:
        benchmark["stats"].pop("data", None)


def _print(stages: dict[str, Any], runs: list[dict[str, Any]]) -> None:
    print("| stage | ours, s | plain, s | ours / plain | raw rows/s | ours, MiB | plain, MiB |")
    print("|---|---|---|---|---|---|---|")
    cases: dict[str, dict[str, Any]] = {}
    for benchmark in stages["benchmarks"]:
        info = benchmark["extra_info"]
        case = cases.setdefault(info["case"], {"rows": info["rows"]})
        case[info["contender"]] = benchmark["stats"]["median"]
        case[f"{info['contender']} MiB"] = info["memory_growth_bytes"] / 2**20
    for name, case in cases.items():
        ratio = case["ours"] / case["plain"]
        rate = case["rows"] / case["ours"]
        print(
            f"| {name} | {case['ours']:.3f} | {case['plain']:.3f} | {ratio:.2f} | {rate:,.0f} "
            f"| {case['ours MiB']:,.0f} | {case['plain MiB']:,.0f} |"
        )
    print("\n| customers | rows | peak MiB | growth | rows/s |\n|---|---|---|---|---|")
    for run in runs:
        print(
            f"| {run['customers']:,} | {run['rows']:,} | {run['peak_rss_bytes'] / 2**20:,.0f} "
            f"| {run['growth']:+.1%} | {run['rows_per_second']:,.0f} |"
        )


main()
