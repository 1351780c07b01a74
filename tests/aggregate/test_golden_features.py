"""Bits of features that may not change: a split of a model decides by them."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from aggregate_cases import table_of
from builders import AS_OF, KEY

from engine.aggregate import RecipeConfig, expand
from engine.aggregate.statistics import STATISTICS

LENGTHS = (13, 1, 123, 0, 2, 7)
FILTERS = {"odd": "seen - 2 * floor(seen / 2) = 1"}


def table(dtype: Any) -> pl.DataFrame:
    """Values of several magnitudes, one in eleven missing, made by integers alone."""
    rows = [(key, row) for key, length in enumerate(LENGTHS) for row in range(length)]
    values = [
        None if n % 11 == 2 else (n * 7919 % 1009 - 500) / 7 * 10.0 ** (n % 4)
        for n in range(len(rows))
    ]
    return pl.DataFrame(
        {
            KEY: [key for key, _ in rows],
            "day": [AS_OF - timedelta(days=3 * (LENGTHS[key] - row)) for key, row in rows],
            "seen": [row for _, row in rows],
            "x": pl.Series(values, dtype=dtype),
            "as_of": AS_OF,
        }
    )


def bits(dtype: Any) -> dict[str, str]:
    """By statistic, a digest of its features: all windows, values and differences."""
    found = {}
    for statistic in (*STATISTICS, "lag_2"):
        recipe = RecipeConfig(
            table="t",
            columns=("x",),
            statistics=(statistic,),
            windows=("all", "last_3", "last_30d", "odd"),
            of=("value", "diff"),
        )
        features = expand([recipe], {})
        made = table_of(table(dtype), features, customers=range(len(LENGTHS)), filters=FILTERS)
        numbers = made.fill_null(0.3).to_numpy(order="c")
        found[statistic] = hashlib.sha256(numbers.tobytes()).hexdigest()[:12]
    return found


GOLDEN = {
    "Float64": {
        "count": "c65c43bcd8b2",
        "sum": "d4e5bd2af7ac",
        "mean": "7f4d16b8db25",
        "std": "966d66a7b9e3",
        "min": "8c921c4654ae",
        "max": "f863574ebed0",
        "range": "8b300bf47660",
        "first": "1c5891234708",
        "last": "9e460c40ee7b",
        "last_valid": "3d20641b300b",
        "nunique": "cb558dee471b",
        "last_minus_mean": "0db1b5d80912",
        "last_minus_first": "8fdc214cb00f",
        "last_rank": "4060126659b3",
        "last_valid_rank": "23d12f298210",
        "lag_2": "1667ea72225f",
    },
    "Float32": {
        "count": "c65c43bcd8b2",
        "sum": "b427c3011e6e",
        "mean": "85448b81c8eb",
        "std": "a47771e4f4c8",
        "min": "d1ac0fa5467a",
        "max": "0fc3cab42949",
        "range": "f0587ecd9330",
        "first": "3aed2743ede3",
        "last": "603a030e74af",
        "last_valid": "06e6349d4f3a",
        "nunique": "cb558dee471b",
        "last_minus_mean": "83cfddc5e8a3",
        "last_minus_first": "2054110b92a9",
        "last_rank": "4060126659b3",
        "last_valid_rank": "23d12f298210",
        "lag_2": "bfab80642ac8",
    },
}


@pytest.mark.parametrize("dtype", [pl.Float64, pl.Float32])
def test_bits(dtype: Any) -> None:
    assert bits(dtype) == GOLDEN[str(dtype)]
