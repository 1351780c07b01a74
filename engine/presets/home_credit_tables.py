"""The 17 tables of the Home Credit competition: their columns, and what a name's ending says.

``home_credit_columns.csv`` lists them in the order of the files, with the types they are stored in:
what published schemas of the files say, checked against the competition's feature definitions (all
of them but ``score_940``, which is in no file). Its null rates are for generators of such files.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import NamedTuple

BASE = "base"
KEY = "case_id"
DECISION = "date_decision"
GROUPS = ("num_group1", "num_group2")
_TYPES = {"bool": "boolean"}


class Column(NamedTuple):
    """``type`` as a book declares it. Dates are stored as text, YYYY-MM-DD."""

    name: str
    type: str


class HomeCreditTable(NamedTuple):
    """A logical table: a row per case (depth 0), per group (1) or per pair of groups (2)."""

    name: str
    columns: tuple[Column, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        names = [column.name for column in self.columns]
        return tuple(group for group in GROUPS if group in names)

    @property
    def depth(self) -> int:
        return len(self.groups)

    @property
    def values(self) -> tuple[Column, ...]:
        """The columns after the key and the groups."""
        return tuple(c for c in self.columns if c.name not in (KEY, *GROUPS))

    def named(self, *types: str) -> list[str]:
        """Names of the values of these types."""
        return [column.name for column in self.values if column.type in types]


@cache
def tables() -> dict[str, HomeCreditTable]:
    """The tables by name, ``base`` first."""
    text = resources.files(__package__).joinpath("home_credit_columns.csv").read_text("utf-8")
    columns: dict[str, list[Column]] = {}
    for row in csv.DictReader(text.splitlines()):
        column = Column(row["column"], _type(row["column"], row["type"]))
        columns.setdefault(row["table"], []).append(column)
    return {name: HomeCreditTable(name, tuple(found)) for name, found in columns.items()}


def _type(column: str, stored: str) -> str:
    """By the ending: P (days past due) and A (amount) are numbers, D a date, M a masked category.

    T, L and names without an ending have the type that the files of ``train`` store; those of
    ``test`` may store an empty column as any.
    """
    if column == DECISION:
        return "date"
    by_ending = {"P": "float64", "A": "float64", "D": "date", "M": "string"}
    ending = column[-1] if column[-2:-1].isdigit() else ""
    return by_ending.get(ending) or _TYPES.get(stored, stored)
