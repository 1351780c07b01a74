"""Segments and risk grades: the cells that a strategy prices, and the customers of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import BookError
from engine.evaluate.strategy_file import GradeBound
from engine.strategy.config import OptimiseConfig
from engine.strategy.menu.columns import Columns

BLOCK = 262_144
"""Customers that are looked at in one go."""
Places = NDArray[np.int64]
_DIGITS = 3  # of a bound that is cut from the data: a strategy is to be read


@dataclass(frozen=True)
class Grade:
    """PDs up to ``max_pd``; within the grade ``of_book``, the ``credit_grade``-th of the book."""

    grade: str
    max_pd: float | None
    credit_grade: int
    of_book: str

    @property
    def bound(self) -> GradeBound:
        """As a strategy file has it."""
        return GradeBound(grade=self.grade, max_pd=self.max_pd)


@dataclass(frozen=True)
class CellRows:
    """Customers sorted by cell, ``segments x grades`` in row-major order, within it by key.

    ``order`` int64 ``(n,)``: the customer's place in ``Columns``. ``first`` int64 ``(cells + 1,)``.
    """

    segments: tuple[str, ...]
    grades: tuple[Grade, ...]
    order: NDArray[np.int64]
    first: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, int]:
        """Segments, grades."""
        return len(self.segments), len(self.grades)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Customers of each cell, ``shape``."""
        return np.diff(self.first).reshape(self.shape)

    def blocks(self) -> Iterator[tuple[Places, Places]]:
        """Customers, as places in ``Columns``, and their cells: some at a time, for memory's
        sake."""
        for lo in range(0, self.order.size, BLOCK):
            own = self.order[lo : lo + BLOCK]
            yield own, cells_at(self.first, lo, own.size)


def cells_at(first: Places, lo: int, rows: int) -> Places:
    """The cells of so many sorted rows from ``lo`` on; ``first``: where the cells begin."""
    ends = np.clip(first, lo, lo + rows)
    counts = ends[1:] - ends[:-1]
    return np.repeat(np.arange(counts.size), counts)


def cut_grades(
    config: OptimiseConfig, book: Sequence[tuple[str, float | None]], columns: Columns
) -> tuple[Grade, ...]:
    """The grades of the optimiser: the book's, or finer ones within them.

    ``book``: names and bounds of the book's grades. Cut by shares of the customers, bounds are
    rounded to three digits. A finer grade is called after the book's: A1, A2, ...
    """
    own = [bound for _, bound in book if bound is not None]
    wanted: list[float] = []
    if isinstance(config.grades, tuple):
        wanted = list(config.grades)
    elif isinstance(config.grades, int) and columns.pd.size:
        shares = np.arange(1, config.grades) / config.grades
        found = np.quantile(np.asarray(columns.pd), shares, method="inverted_cdf")
        wanted = [float(f"{bound:.{_DIGITS}g}") for bound in found]
    bounds = sorted({*own, *(bound for bound in wanted if 0.0 < bound < 1.0)})
    places = np.searchsorted(np.array(own), np.array(bounds), side="left").tolist()
    places.append(len(own))
    numbers = [places[:i].count(place) + 1 for i, place in enumerate(places)]
    alone = {place for place in places if places.count(place) == 1}
    grades = tuple(
        Grade(
            grade=book[place][0] if place in alone else f"{book[place][0]}{number}",
            max_pd=bound,
            credit_grade=place,
            of_book=book[place][0],
        )
        for bound, place, number in zip([*bounds, None], places, numbers, strict=True)
    )
    if len({grade.grade for grade in grades}) < len(grades):
        raise BookError(
            "optimise.grades: a finer grade would be called as one of the book's own; rename that"
        )
    return grades


def sort_by_cell(columns: Columns, grades: Sequence[Grade]) -> CellRows:
    """Every customer's cell, and the customers by cell; stable, so ties keep the order of keys."""
    bounds = np.array([grade.max_pd for grade in grades[:-1]], dtype=np.float64)
    grade = np.searchsorted(bounds, np.asarray(columns.pd), side="left").astype(np.int32)
    cell = columns.segment.astype(np.int32) * len(grades) + grade
    cells = len(columns.segments) * len(grades)
    first = np.zeros(cells + 1, np.int64)
    np.cumsum(np.bincount(cell, minlength=cells), out=first[1:])
    order = np.argsort(cell, kind="stable")
    return CellRows(columns.segments, tuple(grades), order, first)
