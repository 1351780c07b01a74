"""Names of the statistics of a recipe, and what is special about some of them."""

from __future__ import annotations

import re
from functools import cache

from engine.errors import did_you_mean
from kernels.segments import Statistic

STATISTICS = (
    *("count", "sum", "mean", "std", "min", "max", "range"),
    *("first", "last", "last_valid", "nunique"),
    *("last_minus_mean", "last_minus_first", "last_rank", "last_valid_rank"),
)
"""Statistics of a customer's own rows; beside them ``lag_<k>``, the k-th row before the last."""

CROSS_SECTIONAL = ("last_rank_in_month", "last_valid_rank_in_month")
"""Statistics that need the rows of all customers."""

_NUMBERS_ONLY = frozenset(
    (
        *("sum", "mean", "std", "range", "last_minus_mean", "last_minus_first"),
        *("last_rank", "last_valid_rank", *CROSS_SECTIONAL),
    )
)
_COUNTS = frozenset(("count", "nunique"))
_LAG = re.compile(r"lag_([1-9]\d*)")


def check_statistic(name: str) -> str:
    """``name``, if it is a statistic.

    Raises
    ------
    ValueError
        It is none.
    """
    known = (*STATISTICS, *CROSS_SECTIONAL)
    if name not in known and not _LAG.fullmatch(name):
        hint = did_you_mean(name, [*known, "lag_1"])
        raise ValueError(f"statistic '{name}' is none of {', '.join(known)}, lag_<rows>{hint}")
    return name


@cache
def for_kernel(statistic: str) -> tuple[Statistic, int]:
    """What the kernels call it, with the k of ``lag_<k>``; no cross-sectional one."""
    match = _LAG.fullmatch(statistic)
    return (Statistic.LAG, int(match[1])) if match else (Statistic[statistic.upper()], 0)


def needs_numbers(statistic: str) -> bool:
    """Whether it is of numbers only; the others are of strings and dates too."""
    return statistic in _NUMBERS_ONLY


def is_count(statistic: str) -> bool:
    """Whether it is a number whatever the values are."""
    return statistic in _COUNTS
