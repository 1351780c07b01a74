"""The table pass: 1 million customers at 60 rates x 25 limits, by kind of take-up and economics."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.strategy.book import CASHFLOW, SOURCE, columns, config, pricing
from engine.strategy.menu.cells import cut_grades, sort_by_cell
from engine.strategy.menu.table import make_table

CUSTOMERS = 1_000_000
GRADES = 20
THREADS = 2


class Pass(NamedTuple):
    """``row_by_row``: every customer at every entry, although take-up is a product."""

    name: str
    economics: dict[str, Any]
    take_up: str
    row_by_row: bool
    goal: float


PASSES = (
    Pass("source, logistic, fast path", SOURCE, "logistic", False, 3.0),
    Pass("source, propensity x win, fast path", SOURCE, "propensity", False, 3.0),
    Pass("cash flow, logistic, fast path", CASHFLOW, "logistic", False, 3.0),
    Pass("source, logistic, row by row", SOURCE, "logistic", True, 15.0),
    Pass("source, propensity and market, row by row", SOURCE, "market", True, 15.0),
    Pass("cash flow, propensity and market, row by row", CASHFLOW, "market", True, 15.0),
)


def measure_passes(rounds: int) -> dict[str, dict[str, float]]:
    """Seconds of each pass, the median of the rounds, and its goal."""
    book = columns(CUSTOMERS)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for one in PASSES:
            money = pricing(Path(folder), one.economics, one.take_up)
            wanted = config(GRADES)
            grades = cut_grades(wanted, [(g.grade, g.max_pd) for g in money.strategy.grades], book)
            rows = sort_by_cell(book, grades)
            seconds = []
            for _ in range(rounds + 1):  # the first one may compile
                began = time.perf_counter()
                make_table(
                    book,
                    rows,
                    money,
                    rates=wanted.menu.rates.grid(),
                    limits=wanted.menu.limits.grid(),
                    threads=THREADS,
                    row_by_row=one.row_by_row,
                )
                seconds.append(time.perf_counter() - began)
            found[one.name] = {"seconds": statistics.median(seconds[1:]), "goal": one.goal}
    return found
