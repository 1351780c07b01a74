"""The 188 columns in the order of the files: what is known of them, read from two tables.

``columns.csv``: kind of number and count of nulls. ``codes.csv``: how many statements have each
code of the columns that hold codes without noise. Counts are of the 5,531,451 statements of
``train_data.csv``. What the sources do not say is marked ``assumed``.

Sources, public notebooks of 2022 on kaggle.com:

* xxxxyyyy80008/amex-default-prediction-eda-of-train-data: names, order, nulls, codes, and customers
  by number of statements. It prints the nulls of the 39 columns above 10 %, of those with codes and
  of a few without any; so each of the others is below 10 %.
* raddar/amex-data-int-types-train: the steps of the whole numbers under the noise.
* romaupgini/statement-dates-to-use-or-not-to-use: the months of the last statements.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Literal, NamedTuple

TRAIN_STATEMENTS = 5_531_451
CUSTOMERS_BY_STATEMENTS = (
    5_120, 6_098, 5_778, 4_673, 4_671, 5_515, 5_198, 6_110, 6_411, 6_721, 5_961, 10_623, 386_034,
)  # fmt: skip
"""Customers of the training file with 1, 2, ... 13 statements; the same source."""

Kind = Literal["bell", "skewed", "floored", "steps", "codes"]


class Column(NamedTuple):
    """One column of the statements.

    ``bell``: around one value. ``skewed``: positive, long right tail. ``floored``: noise in
    [0, 0.01) or above. ``steps``: k / ``steps`` plus such noise, k a whole number from ``lowest``
    to ``steps``. ``codes``: see ``codes_of``, without noise.
    """

    name: str
    kind: Kind
    steps: int
    lowest: int
    nulls: int
    nulls_are_public: bool

    @property
    def null_rate(self) -> float:
        return self.nulls / TRAIN_STATEMENTS


class Code(NamedTuple):
    """A code and its number of statements."""

    text: str
    rows: int


@cache
def columns() -> tuple[Column, ...]:
    """All columns but the key and the date."""
    return tuple(
        Column(
            row["column"],
            row["kind"],  # type: ignore[arg-type] # the file is ours; a test reads it all
            int(row["steps"] or 0),
            int(row["lowest"] or 0),
            int(row["nulls"]),
            row["nulls_source"] == "public",
        )
        for row in _table("columns.csv")
    )


@cache
def codes_of() -> dict[str, tuple[Code, ...]]:
    """The codes of each column of kind ``codes``, in an order that is assumed."""
    rows = groupby(_table("codes.csv"), key=lambda row: row["column"])
    return {name: tuple(Code(row["code"], int(row["rows"])) for row in of) for name, of in rows}


def _table(name: str) -> list[dict[str, str]]:
    text = (files(__package__) / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
