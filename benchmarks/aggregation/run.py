"""All figures of aggregation, into ``results/aggregation.json`` and README.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.aggregation.contest import OURS, measure_bureau, measure_simple, measure_winning
from benchmarks.aggregation.generators import measure_generators
from benchmarks.aggregation.runs import measure_memory, measure_pruning
from benchmarks.forest.machine import commit_info, machine_info
from benchmarks.markdown import replace_section, table, times

FOLDER = Path(__file__).parent.parent
RESULTS = FOLDER / "results" / "aggregation.json"
README = FOLDER / "README.md"
CONTESTS = {
    "simple": "five statistics, Amex layout",
    "winning": "29 aggregates a column, Amex layout",
    "bureau": "Home Credit, credit_bureau_a_2",
}


def measure(rounds: int, parts: Sequence[str] = ()) -> None:
    """Measure and write; nothing else may run on the machine meanwhile. ``parts``: some only, the
    others stay as they were."""
    measures: dict[str, Callable[[], Any]] = {
        "simple": lambda: measure_simple(rounds),
        "winning": lambda: measure_winning(rounds),
        "bureau": lambda: measure_bureau(rounds),
        "pruning": lambda: measure_pruning(rounds),
        "memory": measure_memory,
        "generators": measure_generators,
    }
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results |= {"machine": machine_info(), "rounds": rounds}
    for name in parts or measures:
        results[name] = {"commit": commit_info(), **measures[name]()}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    replace_section(README, "aggregation", tables_of(results))


def tables_of(results: dict[str, Any]) -> str:
    """As markdown, a table for each part that was measured."""
    made = [_contest(text, results[name]) for name, text in CONTESTS.items() if name in results]
    if "pruning" in results:
        made.append(_pruning(results["pruning"]))
    if "memory" in results:
        made.append(_memory(results["memory"]))
    if "generators" in results:
        made.append(_generators(results["generators"]))
    return "\n".join(made)


def _contest(text: str, found: dict[str, Any]) -> str:
    rows, columns = found["rows"], found["columns"]
    head = [f"{text}: {rows:,} rows x {columns} columns", "s", "rows/s", "times ours"]
    lines = (
        [
            f"**{name}**" if name == OURS else name,
            f"{seconds:.2f}",
            f"{rows / seconds:,.0f}",
            times(found["ratios"][name]),
        ]
        for name, seconds in found["seconds"].items()
    )
    return table(head, lines)


def _pruning(found: dict[str, Any]) -> str:
    head = ["whole run, the model reads", "aggregates", "s", "times as fast", "peak MiB"]
    lines = (
        [
            name,
            f"{f['aggregates']:,}",
            f"{f['seconds']:.2f}",
            times(f["ratio"]),
            f"{f['peak_rss_bytes'] / 2**20:,.0f}",
        ]
        for name, f in found.items()
        if name != "commit"
    )
    return table(head, lines)


def _memory(found: dict[str, Any]) -> str:
    slope = found["slope_bytes_a_row"]
    head = [f"whole run; slope {slope:.2f} MB a million rows", "customers", "s", "peak MiB"]
    lines = (
        [
            f"{f['rows']:,} rows x 187 columns",
            f"{f['customers']:,}",
            f"{f['seconds']:.1f}",
            f"{f['peak_rss_bytes'] / 2**20:,.0f}",
        ]
        for f in found["runs"]
    )
    return table(head, lines)


def _generators(found: dict[str, Any]) -> str:
    head = ["generator", "rows", "s", "rows/s"]
    lines = (
        [name, f"{f['rows']:,}", f"{f['seconds']:.1f}", f"{f['rows'] / f['seconds']:,.0f}"]
        for name, f in found.items()
        if name != "commit"
    )
    return table(head, lines)
