"""Weeks, ids and parts: which case is decided when, and which file of a table holds it.

Facts: decisions run from 2019-01-01 to 2020-10-05, which are 92 weeks of seven days; test goes on
from there. Parts of a table are cut between weeks, and their ranges of ids overlap: part 1 of
applprev_1 holds case 41,785, part 0 holds 769,925 cases. So the ids ascend with the date within
blocks of ids only. Assumed: each part is sorted by case_id.

Estimates: how many blocks there are and where they begin, the decisions per month, and the shares
of the parts (from the cases or the bytes of the published files).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Split = Literal["train", "test"]

FULL = 1_526_659
"""Cases of the real train files."""

WEEKS = 92
EPOCH = date(1970, 1, 1)
FIRST_DAY = {"train": date(2019, 1, 1), "test": date(2020, 10, 6)}
_FIRST_WEEK = {"train": 0, "test": WEEKS}

_MONTHLY = (72, 66, 76, 78, 86, 96, 112, 120, 130, 138, 104, 90,
            72, 64, 48, 14, 26, 40, 46, 44, 44, 40)  # fmt: skip
"""Decisions per month from January 2019, in thousands; test stays at the last."""

_ID_BLOCKS = ((0, 57_543), (130_000, 430_000), (960_000, 430_000), (1_790_000, 431_573),
              (2_525_912, 177_543))  # fmt: skip
"""First id and cases of the real train files; test goes on where train ends in each block."""

_TRAIN_SHARES = {
    "static_0": (0.6575, 0.3425),
    "applprev_1": (0.6393, 0.3607),
    "credit_bureau_a_1": (0.16, 0.471, 0.235, 0.134),
    "credit_bureau_a_2": (
        *(0.0177, 0.0305, 0.0937, 0.1461, 0.1504, 0.1862, 0.138, 0.0432, 0.0728, 0.098),
        0.0234,
    ),
}
_TEST_PARTS = {"static_0": 3, "applprev_1": 3, "credit_bureau_a_1": 5, "credit_bureau_a_2": 12}


class Calendar(NamedTuple):
    """Cases of a split by case_id; ``day`` counts from 1970-01-01."""

    case_id: NDArray[np.int64]
    day: NDArray[np.int32]
    week: NDArray[np.int32]


def calendar(split: Split, cases: int) -> Calendar:
    """The ids and decision days of ``cases`` cases; of small numbers, each block has its share."""
    ends = np.rint(np.cumsum([size for _, size in _ID_BLOCKS]) * (cases / FULL)).astype(np.int64)
    sizes = np.diff(ends, prepend=0)
    starts = [first + (size if split == "test" else 0) for first, size in _ID_BLOCKS]
    ids = [start + np.arange(size) for start, size in zip(starts, sizes, strict=True)]
    until = np.cumsum(_daily(split))
    places = [(np.arange(size) + 0.5) / max(size, 1) * until[-1] for size in sizes]
    offset = np.searchsorted(until, np.concatenate(places)).astype(np.int32)
    first = (FIRST_DAY[split] - EPOCH).days
    week = offset // 7 + _FIRST_WEEK[split]
    return Calendar(np.concatenate(ids), offset + np.int32(first), week.astype(np.int32))


def part_of(table: str, split: Split, week: NDArray[np.int32]) -> NDArray[np.int64]:
    """The part number of each case's rows, from its week; 0 where the table is one file."""
    inner = np.cumsum(_shares(table, split))[:-1]
    weekly = _daily(split).reshape(-1, 7).sum(axis=1).cumsum()
    cuts = np.searchsorted(weekly / weekly[-1], inner) + 1
    return np.searchsorted(cuts, week - _FIRST_WEEK[split], side="right")


def file_names(table: str, split: Split) -> list[str]:
    """``train_static_0_0.parquet``, ...; a table that is one file has no part number."""
    count = len(_shares(table, split))
    single = table not in _TRAIN_SHARES
    return [f"{split}_{table}{'' if single else f'_{part}'}.parquet" for part in range(count)]


def _shares(table: str, split: Split) -> tuple[float, ...]:
    if split == "train":
        return _TRAIN_SHARES.get(table, (1.0,))
    parts = _TEST_PARTS.get(table, 1)
    return (1 / parts,) * parts


def _daily(split: Split) -> NDArray[np.float64]:
    """Expected decisions of each of the 644 days of a split."""
    days = [FIRST_DAY[split] + timedelta(days=number) for number in range(WEEKS * 7)]
    months = [(day.year - 2019) * 12 + day.month - 1 for day in days]
    return np.array([_MONTHLY[min(month, len(_MONTHLY) - 1)] / 30.4 for month in months])
