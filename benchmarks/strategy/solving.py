"""The solver after the pass: gap and seconds by cells and constraints; the frontier."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.strategy.book import FACTS, SOURCE, columns, config, pricing
from engine.strategy import best, prepare
from engine.strategy.optimise import Answer, Prepared
from engine.strategy.what_if.frontier import Caps, frontier

CUSTOMERS = 1_000_000
CAPS = 50
ONE = {"bad_rate_balance": {"max": 0.02}}


class Solved(NamedTuple):
    """One line of the table."""

    segments: int
    grades: int
    constraints: int
    binding: int
    root_gap: float
    gap: float
    seconds: float
    status: str


def four(free: Answer) -> dict[str, Any]:
    """Four constraints that pull against each other; ``free``: the best strategy without any."""
    return {
        **ONE,
        "funding_budget": {"max": 0.85 * free.exposure},
        "average_rate": {"max": 0.155},
        "min_approval_rate": {"min": 0.9},
    }


def measure_solving() -> dict[str, Any]:
    """Gaps and seconds of the solver, with 1 to 4 segments and 4 or 20 grades."""
    lines: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for segments, grades in ((1, 4), (2, 4), (4, 4), (1, 20), (4, 20)):
            book, money = columns(CUSTOMERS, segments), pricing(Path(folder), SOURCE, "logistic")
            free = best(prepare(book, money, config(grades), FACTS, threads=2))
            for constraints in ({}, ONE, four(free)):
                made = prepare(book, money, config(grades, constraints), FACTS, threads=2)
                lines.append(_solved(made, segments, grades)._asdict())
        return {"solved": lines, "frontier": _frontier(made)}


def _solved(made: Prepared, segments: int, grades: int) -> Solved:
    best(made)  # compiles, and warms HiGHS
    answer = best(made)
    return Solved(
        segments,
        grades,
        len(made.problem.constraints),
        sum(price > 0.0 for price in answer.shadow_prices.values()),
        answer.root_gap,
        answer.gap,
        answer.solution.seconds,
        answer.status,
    )


def _frontier(made: Prepared) -> dict[str, Any]:
    """Of 4 x 20 cells, 50 caps on the bad rate: alone, and beside three others."""
    lines = {}
    caps = Caps("bad_rate_balance", tuple(np.linspace(0.010, 0.030, CAPS).tolist()))
    alone = Prepared(made.columns, made.table, made.problem, made.pricing, config(20, ONE))
    for name, prepared in (("alone", alone), ("beside three others", made)):
        began = time.perf_counter()
        points = frontier(prepared, caps).points
        gaps = [point.gap for point in points if point.gap is not None]
        lines[name] = {
            "seconds": time.perf_counter() - began,
            "worst_gap": max(gaps),
            "optimal": sum(point.status == "optimal" for point in points),
            "infeasible": sum(point.status == "infeasible" for point in points),
        }
    return lines
