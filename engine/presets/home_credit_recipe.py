"""What is made of the tables with many rows a case, by the type of a column.

``full``: of numbers mean, std, min, max, first and last; of days min, max and last; of text how
many values there are, how many different ones, and the last; of each table the count of its rows.
``simple``: the largest number and day, and the counts.
"""

from __future__ import annotations

from engine.presets.config import Sections
from engine.presets.home_credit_tables import HomeCreditTable

APPLICANT = "applicant"
PERSONS = ("person_1", "person_2")
"""Tables whose num_group1 counts persons, the applicant being 0."""
_NUMBERS = ("float64", "int64", "boolean")
_FULL = (
    (_NUMBERS, ["mean", "std", "min", "max", "first", "last"]),
    (("date",), ["min", "max", "last"]),
    (("string",), ["count", "nunique", "last"]),
)
_SIMPLE = (((*_NUMBERS, "date"), ["max"]),)


def recipe(name: str, table: HomeCreditTable) -> list[Sections]:
    """The recipe of one table of depth 1 or 2; persons also have the applicant's own values."""
    entries = [
        {"table": table.name, "columns": table.named(*types), "statistics": statistics}
        for types, statistics in (_FULL if name == "full" else _SIMPLE)
    ]
    entries.append({"table": table.name, "columns": [rows_of(table)], "statistics": ["count"]})
    if table.name in PERSONS:
        own = [column.name for column in table.values]
        last = {"columns": own, "statistics": ["last"], "windows": [APPLICANT]}
        entries.append({"table": table.name, **last})
    return [entry for entry in entries if entry["columns"]]


def rows_of(table: HomeCreditTable) -> str:
    """A derived column that is never missing, so that its count is the table's."""
    return f"{table.name}_rows"
