"""Tables cut into chunks, through the cross sections, and what Polars says of the whole table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from engine.aggregate import Feature
from engine.aggregate.config import Window
from engine.aggregate.cross_section import CrossSections

KEY, DAY = "customer_id", "day"


def feature(column: str, statistic: str, table: str = "statements") -> Feature:
    return Feature(f"{column}__{statistic}", table, column, "value", Window.parse("all"), statistic)


def ranked(
    folder: Path,
    rows: pl.DataFrame,
    features: Sequence[Feature],
    *,
    customers_a_chunk: int = 1_000,
    budget_bytes: int = 64 << 20,
    threads: int = 1,
) -> pl.DataFrame:
    """The ranks of all customers of one table, whose rows are sorted by key."""
    folder.mkdir(parents=True, exist_ok=True)
    table = features[0].table
    sections = CrossSections(
        folder, features, key=KEY, dates={table: DAY}, budget_bytes=budget_bytes
    )
    chunks = list(_chunks(rows, customers_a_chunk))
    for number, chunk in enumerate(chunks):
        sections.add(number, table, chunk, threads=threads)
    sections.finish(threads=threads)
    return pl.concat([sections.ranks(number)[table] for number in range(len(chunks))])


def _chunks(rows: pl.DataFrame, size: int) -> Iterator[pl.DataFrame]:
    keys = rows[KEY].unique(maintain_order=True)
    for start in range(0, max(1, len(keys)), size):
        yield rows.filter(pl.col(KEY).is_in(keys[start : start + size].implode()))


def by_polars(rows: pl.DataFrame, features: Sequence[Feature]) -> pl.DataFrame:
    """The same from the whole table: Polars' ``rank`` over the month, divided by its count."""
    month = pl.col(DAY).dt.strftime("%Y-%m")
    columns = list(dict.fromkeys(f.column for f in features))
    rows = rows.with_columns(pl.col(columns).cast(pl.Float64).fill_nan(None) + 0.0)  # -0.0: 0.0
    share = pl.col(columns).rank("average").over(month) / pl.col(columns).count().over(month)
    dated = pl.when(pl.col(DAY).is_not_null()).then(share)
    return (
        rows.with_columns(dated.name.suffix("__rank"))
        .group_by(KEY, maintain_order=True)
        .agg(_of_customer(f) for f in features)
    )


def _of_customer(feature: Feature) -> pl.Expr:
    rank = pl.col(f"{feature.column}__rank")
    if feature.statistic == "last_valid_rank_in_month":
        rank = rank.filter(pl.col(feature.column).is_not_null())
    return rank.last().alias(feature.name)
