"""Customers that a later stage cannot work with: they join those that break the contract."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import polars.selectors as cs

from engine.expressions import AS_OF
from engine.ingest.batches import Batch, RowCounts
from engine.ingest.schema import plain_floats
from engine.ingest.table import Table


def set_aside(
    batch: Batch, found: pl.DataFrame, tables: Mapping[str, Table], *, customers: str, key: str
) -> Batch:
    """``batch`` without the customers in ``found``, who are in its quarantine.

    ``found``: key, table, column, reason, value, rows, as ``Batch.violations`` without the file,
    which is that of the table. ``customers``: the name of their table.
    """
    if found.is_empty():
        return batch
    bad = found[key].unique(maintain_order=True)
    is_bad = pl.col(key).is_in(bad.implode())
    frames = dict(batch.tables)
    if customers not in frames:
        frames[customers] = batch.customers
    quarantined, counts = dict(batch.quarantined_rows), dict(batch.row_counts)
    for name, frame in frames.items():
        lost = frame.filter(is_bad)
        frames[name] = frame.filter(~is_bad)
        counts[name] = _moved(counts[name], lost.height)
        if lost.height:
            floats = lost.select(cs.float()).columns
            lost = lost.drop(AS_OF).with_columns(plain_floats(floats))
            quarantined[name] = pl.concat([quarantined.get(name, lost.clear()), lost])
    files = {name: ", ".join(table.origins[:3]) for name, table in tables.items()}
    file = pl.col("table").replace_strict(files, return_dtype=pl.String).alias("file")
    violations = found.with_columns(file).select(batch.violations.columns)
    return batch._replace(
        customers=batch.customers.filter(~is_bad),
        tables={name: frames[name] for name in batch.tables},
        violations=pl.concat([batch.violations, violations.cast(batch.violations.schema)]),
        quarantined_rows=quarantined,
        quarantined=batch.quarantined + bad.len(),
        row_counts=counts,
    )


def _moved(counts: RowCounts, rows: int) -> RowCounts:
    """``rows`` that were used are quarantined."""
    return counts._replace(used=counts.used - rows, quarantined=counts.quarantined + rows)
