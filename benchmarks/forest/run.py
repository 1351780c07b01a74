"""All cases against all peers, then ours alone, into ``results/forest.json`` and README.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.forest.cases import CASES, Case
from benchmarks.forest.machine import commit_info, machine_info
from benchmarks.forest.rounds import compare
from benchmarks.forest.store import CACHE, Store
from benchmarks.forest.tables import write_tables

FOLDER = Path(__file__).parent.parent
RESULTS = FOLDER / "results" / "forest.json"
README = FOLDER / "README.md"
ALONE = CASES[1]
"""500 x 63 x 188: the case that inputs and the first score are measured on."""


def measure(cases: Sequence[Case] = CASES, rounds: int = 7, cache: Path = CACHE) -> None:
    """Measure and write, case by case; nothing else may run on the machine meanwhile.

    Other cases measured before on such a machine stay: ratios are within a case, which has its own
    commit.
    """
    commit = commit_info()
    for case in cases:
        figures = {"commit": commit, "rounds": rounds} | compare(Store(case, cache), rounds)
        results = _results_of(machine_info())
        measured = results.get("cases", {}) | {case.name: figures}
        results["cases"] = {c.name: measured[c.name] for c in CASES if c.name in measured}
        _write(results)
    if ALONE in cases:
        _write(_results_of(machine_info()) | {"ours": {"commit": commit} | _alone(rounds, cache)})


def _write(results: dict[str, Any]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    rewrite_tables()


def _results_of(machine: dict[str, Any]) -> dict[str, Any]:
    """Those that were measured before on such a machine, else none."""
    if RESULTS.exists():
        results: dict[str, Any] = json.loads(RESULTS.read_text())
        if results["machine"] == machine:
            return results
    return {"machine": machine}


def rewrite_tables() -> None:
    """Write the tables of README.md again, from the figures that are there."""
    write_tables(README, json.loads(RESULTS.read_text()))


def _alone(rounds: int, cache: Path) -> dict[str, Any]:
    from benchmarks.forest.first_score import time_to_compile_kernels, time_to_first_score
    from benchmarks.forest.inputs import compare_inputs
    from benchmarks.forest.two_threads import compare_threads
    from benchmarks.forest.walk_or_program import walk_over_program

    store = Store(ALONE, cache)
    small = [Store(case, cache) for case in CASES if case.trees <= 500]
    return {
        "first": time_to_first_score(store),
        "kernels": time_to_compile_kernels(small),
        "inputs": compare_inputs(store, rounds),
        "two_threads": compare_threads(rounds),
        "walk": walk_over_program(cache, rounds),
    }
