"""The columns of the 17 tables: ``engine/presets/home_credit_columns.csv``.

Which column lies in which table and with which physical type is fact: schemas of the Parquet files
of the competition (Kaggle, home-credit-credit-risk-model-stability, 2024) in public repositories.
They agree with published totals: 464 columns, of them 102 A, 57 D, 63 M, 33 P, 187 L and 22 T; 168
columns in static_0, 53 in static_cb_0, 79 in credit_bureau_a_1, 19 in credit_bureau_a_2. So is the
order of columns, but for the tables of depth 2, where it is inferred from the others: case_id, then
ASCII order.

The null rates marked ``published`` come from profiles of the files in the same places: applprev_1
(its first part, some columns over both), credit_bureau_a_1 (its third part), credit_bureau_b_1,
most of person_1, the amounts of static_0 and static_cb_0 (six tenths of the cases). M columns have
no nulls there, a category stands for "missing". The rates marked ``estimate`` are guesses from
columns of the same kind.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Column(NamedTuple):
    """One column: physical ``type`` int64, float64, bool or string (dates are strings)."""

    table: str
    name: str
    type: str
    null_rate: float

    @property
    def suffix(self) -> str:
        """The last letter: P days past due, M category, A amount, D date, T and L others."""
        return self.name[-1]

    @property
    def is_masked(self) -> bool:
        """A masked category; WEEK_NUM only ends like one."""
        return self.suffix == "M" and self.type == "string"

    @property
    def is_date(self) -> bool:
        """Text in the manner of 2019-01-31."""
        return self.suffix == "D" or self.name == "date_decision"


@cache
def columns_of(table: str) -> tuple[Column, ...]:
    """The columns of a logical table such as ``credit_bureau_a_2``, in the order of the file."""
    return tuple(column for column in _all_columns() if column.table == table)


@cache
def table_names() -> tuple[str, ...]:
    """The 17 logical tables, ``base`` first."""
    return tuple(dict.fromkeys(column.table for column in _all_columns()))


@cache
def _all_columns() -> tuple[Column, ...]:
    text = (files("engine") / "presets" / "home_credit_columns.csv").read_text(encoding="utf-8")
    return tuple(
        Column(row["table"], row["column"], row["type"], float(row["null_rate"]))
        for row in csv.DictReader(text.splitlines())
    )
