"""Home Credit's largest table to a row per case, with Polars.

Numbers have mean, std, min, max, first and last, text count, nunique and last. A case never spans
two parts, so each part is aggregated by itself: 188 million rows do not fit in memory at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from polars import selectors as cs

from benchmarks.aggregation.with_polars import Engine

KEY = "case_id"
GROUPS = ("num_group1", "num_group2")
ROWS = "credit_bureau_a_2_rows__count"


def credit_bureau_a_2(parts: Sequence[Path], engine: Engine = "streaming") -> pl.DataFrame:
    """All aggregates of ``train_credit_bureau_a_2_<part>.parquet``, whose rows are in order.

    Groups are in the file for the order of the rows, so they are read for nothing else.
    """
    return pl.concat([_aggregated(part).collect(engine=engine) for part in parts])


def _aggregated(part: Path) -> pl.LazyFrame:
    numbers, text = cs.numeric() - cs.by_name(KEY, *GROUPS), cs.string()
    return (
        pl.scan_parquet(part)
        .with_columns(numbers.cast(pl.Float64))
        .group_by(KEY, maintain_order=True)
        .agg(
            *(
                getattr(numbers, statistic)().name.suffix(f"__{statistic}")
                for statistic in ("mean", "std", "min", "max", "first", "last")
            ),
            text.count().name.suffix("__count"),
            text.drop_nulls().n_unique().name.suffix("__nunique"),
            text.last().name.suffix("__last"),
            pl.len().alias(ROWS),
        )
    )
