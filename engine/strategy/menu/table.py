"""The menu table: what every segment and grade would bring at every rate and limit.

Made in one pass over the customers (``kernels.menu``), exact for any model of the row; whatever
strategy and whatever cap is asked for later is read off it.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import OutputError
from engine.evaluate import Pricing
from engine.strategy.menu.cells import CellRows
from engine.strategy.menu.columns import Columns
from kernels.menu import MEASURES, Cells, Customers, Inputs, Menu, hazards, menu_sums

Floats = NDArray[np.float64]
_TASK = 4_000_000
"""Customers times rates of a task: some hundredths of a second, so that threads end together."""


@dataclass(frozen=True)
class MenuTable:
    """``sums`` float64 ``(len(MEASURES), segments, grades, rates, limits)``; see ``kernels.menu``.

    ``counts`` int64 ``(segments, grades)``: eligible customers. ``members`` int64
    ``(groups, segments, grades)``. ``today``: per cell the average rate and limit of today's
    approved offers, NaN where there is none.
    """

    rows: CellRows
    rates: Floats
    limits: Floats
    sums: Floats
    counts: NDArray[np.int64]
    groups: tuple[str, ...]
    members: NDArray[np.int64]
    today_rate: Floats
    today_limit: Floats

    def measure(self, name: str) -> Floats:
        """One measure, ``(segments, grades, rates, limits)``."""
        found: Floats = self.sums[MEASURES.index(name)]
        return found


def menu_inputs(
    columns: Columns, rows: CellRows, pricing: Pricing, rates: Floats, limits: Floats
) -> Inputs:
    """What the kernel sums: the customers' columns in the order of cells, and the offers."""
    economics = pricing.economics.constants
    credit_grades = [grade.grade for grade in pricing.strategy.grades]
    demand, tables = pricing.take_up.demand(rows.segments, credit_grades)
    segments, grades = rows.shape
    of_grade = np.array([grade.credit_grade for grade in rows.grades])
    pd = columns.pd[rows.order]
    known = pricing.take_up.config.propensity is not None
    propensity = columns.propensity[rows.order] if known else None
    columns.release()
    base = pricing.take_up.base(propensity, pd.size)
    del propensity
    cap = columns.cap[rows.order]
    columns.release()
    customers = Customers(pd=pd, base=base, cap=cap, hazard=hazards(pd, economics))
    cells = Cells(
        first=rows.first,
        segment=np.repeat(np.arange(segments, dtype=np.int64), grades),
        table=np.ascontiguousarray(tables[:, of_grade].ravel()),
    )
    return Inputs(customers, cells, Menu(rates, limits), demand, economics)


def make_table(
    columns: Columns,
    rows: CellRows,
    pricing: Pricing,
    *,
    rates: Floats,
    limits: Floats,
    threads: int,
    row_by_row: bool = False,
) -> MenuTable:
    """The table of a book.

    ``rates`` and ``limits``: ascending, limits above 0. ``row_by_row`` evaluates every customer at
    every entry although take-up is a product: the same sums up to rounding, for tests and figures.
    The sums do not depend on ``threads``.
    """
    inputs = menu_inputs(columns, rows, pricing, rates, limits)
    sums = _summed(inputs, rows, threads, row_by_row)
    del inputs  # before the columns are read once more
    rate, limit = _today(columns, rows)
    members = members_of(columns, rows)
    columns.release()
    return MenuTable(
        rows=rows,
        rates=rates,
        limits=limits,
        sums=sums,
        counts=rows.counts,
        groups=columns.groups,
        members=members,
        today_rate=rate,
        today_limit=limit,
    )


def _summed(inputs: Inputs, rows: CellRows, threads: int, row_by_row: bool) -> Floats:
    """``MenuTable.sums``."""
    rates, limits = inputs.menu.rates.size, inputs.menu.limits.size
    flat = np.zeros((len(MEASURES), rows.first.size - 1, rates, limits))

    def work(task: tuple[int, int, int]) -> None:
        cell, lo, hi = task
        menu_sums(inputs, flat, cell=cell, rates=(lo, hi), row_by_row=row_by_row)

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for _ in pool.map(work, _tasks(rows, rates)):
            pass  # raises what a thread raised
    return flat.reshape(len(MEASURES), *rows.shape, rates, limits)


def _tasks(rows: CellRows, rates: int) -> Iterator[tuple[int, int, int]]:
    """Cell, first rate, last: the largest cells first."""
    counts = np.diff(rows.first)
    for cell in np.argsort(-counts, kind="stable").tolist():
        step = int(max(1, min(rates, _TASK // max(counts[cell], 1))))
        for lo in range(0, rates, step):
            yield cell, lo, min(lo + step, rates)


def _today(columns: Columns, rows: CellRows) -> tuple[Floats, Floats]:
    """Average rate and limit of today's approved offers; NaN in a cell without."""
    cells = rows.first.size - 1
    found = np.zeros((3, cells))
    for own, cell in rows.blocks():
        rate, limit = columns.rate[own], columns.limit[own]
        offered = columns.approve[own] & ~np.isnan(rate) & ~np.isnan(limit)
        mine = cell[offered]
        found += [
            np.bincount(mine, minlength=cells),
            np.bincount(mine, rate[offered], minlength=cells),
            np.bincount(mine, limit[offered], minlength=cells),
        ]
    count, rates, limits = found.reshape(3, *rows.shape)
    with np.errstate(invalid="ignore"):
        return rates / count, limits / count


def members_of(columns: Columns, rows: CellRows) -> NDArray[np.int64]:
    """Customers by group and cell."""
    cells, groups = rows.first.size - 1, len(columns.groups)
    found = np.zeros(groups * cells, np.int64)
    for own, cell in rows.blocks():
        place = columns.group[own].astype(np.int64) * cells + cell
        found += np.bincount(place, minlength=found.size)
    return found.reshape(groups, *rows.shape)


def menu_frame(table: MenuTable) -> pl.DataFrame:
    """One row per cell and entry: segment, grade, rate, limit, profit, expected_loss, exposure,
    count, then what the other constraints are made of."""
    segments, grades = table.rows.shape
    rates, limits = table.rates.size, table.limits.size
    entries = rates * limits
    names = {"loss": "expected_loss"}
    frame = pl.DataFrame(
        {
            "segment": np.repeat(np.array(table.rows.segments, object), grades * entries),
            "grade": np.tile(
                np.repeat(np.array([g.grade for g in table.rows.grades], object), entries), segments
            ),
            "rate": np.tile(np.repeat(table.rates, limits), segments * grades),
            "limit": np.tile(table.limits, segments * grades * rates),
            **{
                names.get(name, name): table.measure(name).ravel()
                for name in MEASURES
                if name != "limit"
            },
            "approved_limit": table.measure("limit").ravel(),
            "customers": np.repeat(table.counts.ravel(), entries),
        }
    )
    return frame.rename({"bad_limit": "approved_bad_limit", "bad": "approved_bad"})


def write_menu(table: MenuTable, path: Path) -> None:
    """``menu_frame`` as Parquet. Raises OutputError."""
    try:
        menu_frame(table).write_parquet(path)
    except OSError as exc:
        raise OutputError(f"cannot write the menu to {path}: {exc.strerror or exc}") from exc
