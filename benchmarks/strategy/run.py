"""All of the optimiser's figures, into ``results/strategy.json`` and README.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.forest.machine import commit_info, machine_info
from benchmarks.markdown import replace_section, table, times
from benchmarks.strategy.contest import measure_contest
from benchmarks.strategy.evaluator import measure_evaluator
from benchmarks.strategy.memory import measure_memory
from benchmarks.strategy.passes import measure_passes
from benchmarks.strategy.solving import measure_solving

FOLDER = Path(__file__).parent.parent
RESULTS = FOLDER / "results" / "strategy.json"
README = FOLDER / "README.md"


def measure(rounds: int, parts: Sequence[str] = ()) -> None:
    """Measure and write; nothing else may run on the machine meanwhile. ``parts``: some only, the
    others stay as they were."""
    measures: dict[str, Callable[[], Any]] = {
        "passes": lambda: measure_passes(rounds),
        "solving": measure_solving,
        "evaluator": lambda: measure_evaluator(rounds),
        "contest": measure_contest,
        "memory": measure_memory,
    }
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results |= {"machine": machine_info(), "rounds": rounds}
    for name in parts or measures:
        results[name] = {"commit": commit_info(), **measures[name]()}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    replace_section(README, "strategy", tables_of(results))


def tables_of(results: dict[str, Any]) -> str:
    """As markdown, a table for each part that was measured."""
    made = {
        "passes": _passes,
        "solving": _solving,
        "evaluator": _evaluator,
        "contest": _contest,
        "memory": _memory,
    }
    found = []
    for name, of in made.items():
        if name in results:
            kept = {key: value for key, value in results[name].items() if key != "commit"}
            found.append(of(kept))
    return "\n".join(found)


def _passes(found: dict[str, dict[str, float]]) -> str:
    head = ["table pass, 1 M customers, 4 x 20 cells, 60 x 25, 2 threads", "s", "goal, s"]
    rows = ([name, f"{f['seconds']:.2f}", f"{f['goal']:.0f}"] for name, f in found.items())
    return table(head, rows)


def _solving(found: dict[str, Any]) -> str:
    head = ["segments x grades", "constraints (binding)", "root gap", "gap", "s", ""]
    lines = (
        [
            f"{f['segments']} x {f['grades']}",
            f"{f['constraints']} ({f['binding']})",
            f"{f['root_gap']:.4%}",
            f"{f['gap']:.4%}",
            f"{f['seconds']:.3f}",
            f["status"],
        ]
        for f in found["solved"]
    )
    frontier = (
        [
            name,
            f"{f['seconds']:.2f}",
            f"{f['worst_gap']:.4%}",
            str(f["optimal"]),
            str(f["infeasible"]),
        ]
        for name, f in found["frontier"].items()
    )
    caps = ["frontier of 50 caps, 4 x 20 cells", "s", "worst gap", "within 0.02 %", "infeasible"]
    return f"{table(head, lines)}\n{table(caps, frontier)}"


def _evaluator(found: dict[str, dict[str, float]]) -> str:
    head = ["generation of 50, 1 thread", "ms a candidate and 1 M customers", "NumPy, ms", "ratio"]
    head += ["reading the columns once, ms", "GB/s"]
    return table(
        head,
        (
            [
                name,
                f"{f['ours_ms']:.2f}",
                f"{f['numpy_ms']:.0f}",
                times(f["ratio"]),
                f"{f['one_pass_ms']:.2f}",
                f"{f['gigabytes_per_second']:.2f}",
            ]
            for name, f in found.items()
        ),
    )


def _contest(found: dict[str, dict[str, dict[str, Any]]]) -> str:
    made = []
    for name, contenders in found.items():
        rows = (
            [
                who,
                "nothing that holds" if f["share"] is None else f"{f['share']:.4%}",
                f"{f['seconds']:.2f}",
            ]
            for who, f in contenders.items()
        )
        made.append(table([f"{name}, 1 M customers, 4 x 20 cells", "of the bound", "s"], rows))
    return "\n".join(made)


def _memory(found: dict[str, dict[str, float]]) -> str:
    head = ["memory of a solve, 4 to 12 M customers", "bytes a customer, mapped columns included"]
    return table(head, ([name, f"{f['bytes_a_customer']:.0f}"] for name, f in found.items()))
