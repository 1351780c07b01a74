"""The recipes as a good Polars user writes them: lazy, no Python per row, the faster of two ways.

What was tried, in seconds of processor time for 20 columns of 40,000 customers, 479,812 rows:

| what | one way | the faster one, taken |
|---|---|---|
| all but ranks | all in one ``group_by``: 18.5 | a ``group_by`` per window: 1.2 |
| the same | streaming engine: 2.8 | in memory: 1.2 |
| rank within the customer | ``rank().over(customer)``: 1.5 | comparing with the last value: 0.2 |
| simple | streaming engine: 0.56 | in memory: 0.26 |

The streaming engine needs less memory. Without float64, ``simple`` takes 0.48 and 0.20; not keeping
the order of customers takes 0.49 and 0.80.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import polars as pl

from benchmarks.aggregation.recipes import DATE, FIVE, KEY, simple_names, winning_names

Engine: TypeAlias = Literal["in-memory", "streaming"]


def simple(path: Path, columns: Sequence[str], engine: Engine = "streaming") -> pl.DataFrame:
    """Five statistics of each column; a row per customer, in the order of the file."""
    values = pl.col(columns)
    return (
        pl.scan_parquet(path)
        .select(KEY, values.cast(pl.Float64))
        .group_by(KEY, maintain_order=True)
        .agg(
            values.mean().name.suffix("__mean"),
            values.std().name.suffix("__std"),
            values.min().name.suffix("__min"),
            values.max().name.suffix("__max"),
            values.last().name.suffix("__last"),
        )
        .select(simple_names(columns))
        .collect(engine=engine)
    )


def winning(path: Path, columns: Sequence[str], engine: Engine = "in-memory") -> pl.DataFrame:
    """29 aggregates of each column; a row per customer, in the order of the file."""
    values = pl.col(columns)
    differences = pl.col([f"{column}__diff" for column in columns])
    rows = _rows(path, columns).collect(engine=engine).lazy()
    parts = [
        _by_customer(
            rows,
            *_five(values),
            *_five(differences),
            _last_valid(values).name.suffix("__last_valid"),
            _last_valid(differences).name.suffix("__last_valid"),
            *(_rank(column) for column in columns),
            *(_rank_in_month(column) for column in columns),
        ),
        _by_customer(_last(3, rows), *_five(values, "__last_3"), *_five(differences, "__last_3")),
        _by_customer(_last(6, rows), *_five(values, "__last_6")),
    ]
    whole, *others = pl.collect_all(parts, engine=engine)
    joined = pl.concat([whole, *(part.drop(KEY) for part in others)], how="horizontal")
    return joined.select(winning_names(columns))


def _rows(path: Path, columns: Sequence[str]) -> pl.LazyFrame:
    """Values without noise, their differences, what a rank compares, the place from the end."""
    values = pl.col(columns)
    month = pl.col(DATE).dt.truncate("1mo")
    same_customer = pl.col(KEY) == pl.col(KEY).shift(1)
    return (
        pl.scan_parquet(path)
        .select(KEY, DATE, (values.cast(pl.Float64) * 100).floor())
        .with_columns(
            pl.when(same_customer).then(values - values.shift(1)).name.suffix("__diff"),
            _last_valid(values).over(KEY).name.suffix("__compared"),
            (values.rank("average").over(month) / values.count().over(month)).name.suffix("__rank"),
            pl.int_range(pl.len(), 0, -1).over(KEY).alias("from_end"),
        )
    )


def _last(count: int, rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.filter(pl.col("from_end") <= count)


def _by_customer(rows: pl.LazyFrame, *aggregates: pl.Expr) -> pl.LazyFrame:
    return rows.group_by(KEY, maintain_order=True).agg(*aggregates)


def _five(values: pl.Expr, window: str = "") -> list[pl.Expr]:
    return [getattr(values, name)().name.suffix(f"{window}__{name}") for name in FIVE]


def _last_valid(values: pl.Expr) -> pl.Expr:
    return values.drop_nulls().last()


def _rank(column: str) -> pl.Expr:
    value, compared = pl.col(column), pl.col(f"{column}__compared")
    less, equal, count = (value < compared).sum(), (value == compared).sum(), value.count()
    rank = (less + (equal + 1) / 2) / count
    return pl.when(count > 0).then(rank).alias(f"{column}__last_valid_rank")


def _rank_in_month(column: str) -> pl.Expr:
    return _last_valid(pl.col(f"{column}__rank")).alias(f"{column}__last_valid_rank_in_month")
