"""All cases against scikit-learn, into ``results/metrics.json`` and README.md."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.forest.machine import commit_info, machine_info
from benchmarks.markdown import replace_section, table, times
from benchmarks.metrics.contest import CASES, Case, Contest, agree, prepare
from benchmarks.timing import seconds_per_call

FOLDER = Path(__file__).parent.parent
RESULTS = FOLDER / "results" / "metrics.json"
README = FOLDER / "README.md"
THREADS = (1, 2)

Figures = dict[str, float]


def measure(rounds: int, cases: Sequence[Case] = CASES) -> None:
    """Measure and write; nothing else may run on the machine meanwhile."""
    found = {case.name: compare(case, rounds) for case in cases}
    results = {"machine": machine_info(), "commit": commit_info(), "rounds": rounds, "cases": found}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    replace_section(README, "metrics", table_of(found))


def compare(case: Case, rounds: int) -> Figures:
    """Seconds of scikit-learn and of ours on each number of threads, and how many times as fast
    ours is: medians over the rounds, in each of which all take turns.

    Raises RuntimeError if results differ by more than 1e-12.
    """
    contest = prepare(case)
    for threads in THREADS:
        if not agree(contest, threads):
            raise RuntimeError(f"{case.name}: differs from scikit-learn")
    turns = [_turn(contest) for _ in range(rounds)]
    figures = {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}
    for threads in THREADS:
        ratios = [turn["sklearn"] / turn[f"ours_{threads}"] for turn in turns]
        figures[f"ratio_{threads}"] = statistics.median(ratios)
    return figures


def _turn(contest: Contest) -> Figures:
    seconds = {"sklearn": seconds_per_call(contest.sklearn)}
    for threads in THREADS:
        seconds[f"ours_{threads}"] = seconds_per_call(lambda n=threads: contest.ours(n))
    return seconds


def table_of(cases: dict[str, Any]) -> str:
    """As markdown."""
    head = ["AUC and K-S", "scikit-learn, s"]
    for threads in ("1 thread", "2 threads"):
        head += [f"Nightbook, {threads}, s", "times as fast"]
    return table(head, (_line(name, found) for name, found in cases.items()))


def _line(name: str, found: Figures) -> list[str]:
    cells = [name, f"{found['sklearn']:.3f}"]
    for threads in THREADS:
        cells += [f"{found[f'ours_{threads}']:.3f}", times(found[f"ratio_{threads}"])]
    return cells
