"""``python -m benchmarks``: stages, then memory, one after another, into ``benchmarks/results``.

``python -m benchmarks forest``: the forest kernel against its peers; ``scorecards``, ``metrics``:
those against scikit-learn; ``strategy``: the optimiser; ``aggregation``: rows to customers. Nothing
else may run on the machine meanwhile. The first prints the tables that benchmarks/README.md holds,
the others write them into it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cyclopts

from benchmarks.aggregation import run as aggregation_run
from benchmarks.forest.cases import CASES, case_named
from benchmarks.forest.run import measure, rewrite_tables
from benchmarks.memory import run_peaks, stage_peaks
from benchmarks.metrics import run as metric_run
from benchmarks.scorecards import run as scorecard_run
from benchmarks.strategy import run as strategy_run

CUSTOMERS = 100_000
RESULTS = Path(__file__).parent / "results"
STAGES = RESULTS / "stages.json"
MEMORY = RESULTS / "memory.json"


app = cyclopts.App(
    name="benchmarks",
    help="Speed and memory; nothing else may run meanwhile.",
    default_parameter=cyclopts.Parameter(negative=()),
)


@app.command
def forest(*, case: list[str] | None = None, rounds: int = 7, only_tables: bool = False) -> None:
    """The forest kernel against its peers; trains its models at first, which takes an hour or two.

    Parameters
    ----------
    case:
        Model to measure, as 500x63x188; several times for several; all if none is given.
    rounds:
        Timings of each contender, of which medians are taken.
    only_tables:
        Measure nothing: write the tables of README.md again, from the figures that are there.
    """
    if only_tables:
        rewrite_tables()
    else:
        measure([case_named(name) for name in case] if case else CASES, rounds)


@app.command
def scorecards(*, part: list[str] | None = None, rounds: int = 7) -> None:
    """Scorecards: scoring against scikit-learn, fitting against that and statsmodels.

    Parameters
    ----------
    part:
        scoring or fit; both if none.
    rounds:
        Timings of each contender, of which medians are taken.
    """
    scorecard_run.measure(rounds, part or ())


@app.command
def metrics(*, rounds: int = 5) -> None:
    """AUC and K-S of a million rows and of ten million, against scikit-learn.

    Parameters
    ----------
    rounds:
        Timings of each contender, of which medians are taken.
    """
    metric_run.measure(rounds)


@app.command
def strategy(*, part: list[str] | None = None, rounds: int = 5) -> None:
    """The optimiser: its table pass, solver, evaluator, memory; against other ways to search.

    Parameters
    ----------
    part:
        passes, solving, evaluator, contest or memory; several times for several; all if none.
    rounds:
        Timings of each, of which medians are taken.
    """
    strategy_run.measure(rounds, part or ())


@app.command
def aggregation(*, part: list[str] | None = None, rounds: int = 5) -> None:
    """Rows to customers, against Polars, DuckDB and pandas; memory; what pruning saves.

    Parameters
    ----------
    part:
        simple, winning, bureau, pruning, memory or generators; several times for several; all if
        none. memory makes 16 GB of files for a while.
    rounds:
        Timings of each, of which medians are taken.
    """
    aggregation_run.measure(rounds, part or ())


@app.default
def main() -> None:
    """Each stage against the same job written plainly, then peak memory of stages and of runs."""
    RESULTS.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "pytest", "benchmarks", "-q"]
    command += [f"--customers={CUSTOMERS}", f"--benchmark-json={STAGES}"]
    subprocess.run(command, check=True)
    stages = json.loads(STAGES.read_text())
    for benchmark in stages["benchmarks"]:
        benchmark["stats"].pop("data", None)  # medians and extremes are enough
    STAGES.write_text(json.dumps(stages, indent=1) + "\n")
    memory = {name: stages[name] for name in ("machine_info", "commit_info")}
    memory |= {"stages": stage_peaks(CUSTOMERS), "runs": run_peaks()}
    MEMORY.write_text(json.dumps(memory, indent=1) + "\n")
    _print_stages(stages["benchmarks"], memory["stages"])
    _print_runs(memory["runs"])


def _print_stages(benchmarks: list[dict[str, Any]], peaks: dict[str, dict[str, int]]) -> None:
    print("| stage | ours, s | plain, s | ours / plain | raw rows/s | peak MiB, ours | plain |")
    print("|---|---|---|---|---|---|---|")
    seconds = {
        (b["extra_info"]["case"], b["extra_info"]["contender"]): b["stats"]["median"]
        for b in benchmarks
    }
    rows = benchmarks[0]["extra_info"]["rows"]
    for name in dict.fromkeys(case for case, _ in seconds):
        ours, plain = seconds[name, "ours"], seconds[name, "plain"]
        memory = [peaks[who].get(name) for who in ("ours", "plain")]
        shown = " | ".join("" if peak is None else f"{peak / 2**20:,.0f}" for peak in memory)
        print(
            f"| {name} | {ours:.3f} | {plain:.3f} | {ours / plain:.2f} "
            f"| {rows / ours:,.0f} | {shown} |"
        )


def _print_runs(runs: list[dict[str, Any]]) -> None:
    print("\n| customers | rows | peak MiB | growth | rows/s |\n|---|---|---|---|---|")
    for run in runs:
        print(
            f"| {run['customers']:,} | {run['rows']:,} | {run['peak_rss_bytes'] / 2**20:,.0f} "
            f"| {run['growth']:+.1%} | {run['rows_per_second']:,.0f} |"
        )


if __name__ == "__main__":
    app(result_action="return_value")
