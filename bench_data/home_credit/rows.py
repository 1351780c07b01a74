"""From cases to the rows of a table: every case repeated as often as it has rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bench_data.home_credit.population import Cases


def _no_key() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Rows:
    """The rows of some cases, in the order of the file; all arrays are parallel by row.

    ``at`` is the position of the row's case in ``cases``; ``group1`` and ``group2`` count from 0
    within the case and within (case, group1), and are empty where the table has no such key.
    """

    cases: Cases
    at: NDArray[np.int64]
    group1: NDArray[np.int64] = field(default_factory=_no_key)
    group2: NDArray[np.int64] = field(default_factory=_no_key)

    @property
    def count(self) -> int:
        return len(self.at)

    @cached_property
    def case_id(self) -> NDArray[np.int64]:
        return self.cases.case_id[self.at]

    @cached_property
    def day(self) -> NDArray[np.int32]:
        """The day of the decision, in days since 1970."""
        return self.cases.day[self.at]

    @cached_property
    def risk(self) -> NDArray[np.float32]:
        return self.cases.risk[self.at]

    @cached_property
    def income(self) -> NDArray[np.float32]:
        return self.cases.income[self.at]


def one_each(cases: Cases) -> Rows:
    """One row per case: depth 0."""
    return Rows(cases, np.arange(len(cases.case_id)))


def repeated(cases: Cases, counts: NDArray[np.integer]) -> Rows:
    """``counts`` rows of each case: depth 1."""
    return Rows(cases, np.repeat(np.arange(len(counts)), counts), within(counts))


def nested(parents: Rows, counts: NDArray[np.integer]) -> Rows:
    """``counts`` rows of each row of depth 1: depth 2."""
    return Rows(
        parents.cases,
        np.repeat(parents.at, counts),
        np.repeat(parents.group1, counts),
        within(counts),
    )


def within(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    """0 .. count - 1 for each of ``counts``: [2, 0, 3] -> [0, 1, 0, 1, 2]."""
    ends: NDArray[np.int64] = np.cumsum(counts, dtype=np.int64)
    places: NDArray[np.int64] = np.arange(counts.sum()) - np.repeat(ends - counts, counts)
    return places
