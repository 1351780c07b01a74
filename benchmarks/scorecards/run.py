"""Scoring and fitting against scikit-learn and statsmodels, into ``results`` and README.md."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.forest.machine import commit_info, machine_info
from benchmarks.markdown import replace_section, table, times
from benchmarks.scorecards import fit
from benchmarks.scorecards.contest import CASES, Case, Contest, agree, prepare
from benchmarks.timing import seconds_per_call

FOLDER = Path(__file__).parent.parent
README = FOLDER / "README.md"
THREADS = (1, 2)

Figures = dict[str, float]


def measure(rounds: int, parts: Sequence[str] = ()) -> None:
    """Measure and write; nothing else may run on the machine meanwhile. All parts if none is named.

    Raises ValueError for a part that is not there.
    """
    if unknown := set(parts) - {"scoring", "fit"}:
        raise ValueError(f"no part of the benchmark: {', '.join(sorted(unknown))}")
    if not parts or "scoring" in parts:
        scored = {case.name: compare(case, rounds) for case in CASES}
        _write("scorecards", rounds, scored, table_of(scored))
    if not parts or "fit" in parts:
        fitted = {case.name: fit.compare(case, rounds) for case in fit.CASES}
        _write("scorecard_fit", rounds, fitted, fit.table_of(fitted))


def _write(section: str, rounds: int, found: Mapping[str, object], text: str) -> None:
    results = {"machine": machine_info(), "commit": commit_info(), "rounds": rounds, "cases": found}
    (FOLDER / "results" / f"{section}.json").write_text(json.dumps(results, indent=1) + "\n")
    replace_section(README, section, text)


def compare(case: Case, rounds: int) -> Figures:
    """Rows per second of both, and how many times as fast ours is: medians over the rounds.

    In a round both take turns, on one thread, then on two, to which scikit-learn's libraries are
    held as well. Raises RuntimeError if the results differ by more than 1e-12.
    """
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        contest = prepare(case, Path(folder))
        for threads in THREADS:
            if not agree(contest, threads):
                raise RuntimeError(f"{case.name}: differs from scikit-learn's float64 result")
            with threadpool_limits(threads):
                turns = [_turn(case, contest, threads) for _ in range(rounds)]
            figures[f"sklearn_{threads}"] = statistics.median(turn[0] for turn in turns)
            figures[f"ours_{threads}"] = statistics.median(turn[1] for turn in turns)
            figures[f"ratio_{threads}"] = statistics.median(turn[1] / turn[0] for turn in turns)
    return figures


def _turn(case: Case, contest: Contest, threads: int) -> tuple[float, float]:
    """Rows per second of scikit-learn and of ours."""
    theirs = seconds_per_call(lambda: contest.sklearn(threads))
    ours = seconds_per_call(lambda: contest.ours(threads))
    return case.rows / theirs, case.rows / ours


def table_of(cases: dict[str, Any]) -> str:
    """As markdown."""
    head = ["1,000,000 rows x 30"]
    for threads in ("1 thread", "2 threads"):
        head += [f"rows/s, {threads}", "scikit-learn", "ratio"]
    return table(head, (_line(name, found) for name, found in cases.items()))


def _line(name: str, found: Figures) -> list[str]:
    cells = [name]
    for threads in THREADS:
        speeds = [f"{found[f'{who}_{threads}']:,.0f}" for who in ("ours", "sklearn")]
        cells += [*speeds, times(found[f"ratio_{threads}"])]
    return cells
