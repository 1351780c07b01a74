"""Customers that a later stage cannot work with leave a batch as breakers of the contract do."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from builders import KEY, batches, prepared, raw

from engine.ingest import Batch, RowCounts, Table, set_aside

DAY = date(2026, 1, 1)


def tables_of(folder: Path, **customers: Any) -> dict[str, Table]:
    """Customers 1 to 4, of whom 2 breaks the contract; two events each."""
    keys = [1, 1, 2, 2, 3, 3, 4, 4]
    known = {"customers": raw("customers", pl.DataFrame({KEY: [1, 2, 3, 4]}), {KEY: "int64"})}
    if customers:
        frame = pl.DataFrame({KEY: keys, "n": range(8)})
        known = {"customers": raw("customers", frame, {KEY: "int64", "n": "int64"}, **customers)}
    amounts = [1.0, 2.0, -1.0, 4.0, None, 6.0, 7.0, 8.0]
    frame = pl.DataFrame({KEY: keys, "day": [DAY] * 8, "id": range(8), "amount": amounts})
    spec = {KEY: "int64", "day": "date", "id": "int64"}
    spec |= {"amount": {"type": "float64", "min": 0, "nullable": True}}
    events = raw("events", frame, spec, order="day", tie="id")
    return prepared(folder, known | {"events": events})


def found(*keys: int) -> pl.DataFrame:
    rows = [(key, "events", "amount", "odd", "x", 2) for key in keys]
    columns = [KEY, "table", "column", "reason", "value", "rows"]
    return pl.DataFrame(rows, columns, orient="row")


def aside(batch: Batch, tables: dict[str, Table], *keys: int) -> Batch:
    return set_aside(batch, found(*keys), tables, customers="customers", key=KEY)


def test_all_that_is_known_of_them_goes(tmp_path: Path) -> None:
    tables = tables_of(tmp_path)
    (batch,) = batches(tables)
    left = aside(batch, tables, 3)
    assert left.customers[KEY].to_list() == [1, 4]
    assert left.tables["events"][KEY].to_list() == [1, 1, 4, 4]
    assert left.row_counts == {"customers": RowCounts(4, 2, 0, 2), "events": RowCounts(8, 4, 0, 4)}
    assert (left.read, left.quarantined) == (4, 2)
    lost = left.quarantined_rows
    assert lost["customers"].to_dict(as_series=False) == {KEY: [2, 3]}
    assert lost["events"].columns == [KEY, "day", "id", "amount"]
    assert lost["events"]["amount"].to_list() == [-1.0, 4.0, None, 6.0]
    assert left.violations.columns == batch.violations.columns
    added = left.violations.filter(pl.col(KEY) == 3).row(0, named=True)
    assert (added["reason"], Path(added["file"]).name) == ("odd", "events-0.parquet")
    assert left.violations.height == batch.violations.height + 1


def test_customers_of_many_rows(tmp_path: Path) -> None:
    tables = tables_of(tmp_path, order="n")
    (batch,) = batches(tables)
    left = aside(batch, tables, 1, 4)
    assert left.customers[KEY].to_list() == [3]
    assert left.tables["customers"]["n"].to_list() == [4, 5]
    assert left.row_counts["customers"] == RowCounts(8, 2, 0, 6)
    assert left.quarantined_rows["customers"]["n"].to_list() == [2, 3, 0, 1, 6, 7]


def test_nobody(tmp_path: Path) -> None:
    tables = tables_of(tmp_path)
    (batch,) = batches(tables)
    assert aside(batch, tables) is batch
