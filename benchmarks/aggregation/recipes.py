"""What is computed: the same of every contender, with the same names.

The file is sorted by customer and date; all numbers are float64 before anything is added up,
missing ones are left out, std has ddof 1, a sum without values is 0.

``simple`` is of the columns as they are. ``winning`` is the 29 aggregates per numeric column of the
American Express competition's first place, of ``floor(100 x)``, which removes that file's noise:

| of | window | statistics |
|---|---|---|
| value | all | mean, std, min, max, sum, last_valid |
| difference to the row before | all | the same |
| value | last 3, last 6 rows | mean, std, min, max, sum |
| difference | last 3 rows | mean, std, min, max, sum |
| value | all | last_valid_rank, last_valid_rank_in_month |

A rank is ``(less + (equal + 1) / 2) / count``, among the customer's own values or among those of
all customers' rows of the same month.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

KEY = "customer_ID"
DATE = "S_2"

FIVE = ("mean", "std", "min", "max", "sum")
SIMPLE = ("mean", "std", "min", "max", "last")
RANKS = ("last_valid_rank", "last_valid_rank_in_month")
WINDOWS = (
    ("", (*FIVE, "last_valid")),
    ("__diff", (*FIVE, "last_valid")),
    ("__last_3", FIVE),
    ("__last_6", FIVE),
    ("__diff__last_3", FIVE),
    ("", RANKS),
)
"""What follows the column's name, and the statistics there."""


def simple_names(columns: Sequence[str]) -> list[str]:
    """Key and features of ``simple``, in their order."""
    return [KEY, *(f"{column}__{statistic}" for statistic in SIMPLE for column in columns)]


def winning_names(columns: Sequence[str]) -> list[str]:
    """Key and features of ``winning``, in their order."""
    return [KEY, *_winning(columns)]


def _winning(columns: Sequence[str]) -> Iterator[str]:
    for part, statistics in WINDOWS:
        for statistic in statistics:
            yield from (f"{column}{part}__{statistic}" for column in columns)
