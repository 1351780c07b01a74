"""Rows after the as-of date: forbidden or dropped, by the book's date or the customer's own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from builders import AS_OF, KEY, Raw, raw, read, reasons

DAY = timedelta(days=1)


def customers(keys: list[Any], **settings: Any) -> Raw:
    return raw("customers", pl.DataFrame({KEY: keys}), {KEY: "int64"}, **settings)


def test_late_rows_are_dropped_or_forbidden(tmp_path: Path) -> None:
    days = [AS_OF - DAY, AS_OF, AS_OF + DAY]
    frame = pl.DataFrame({KEY: [1, 1, 1], "day": days})

    def check(folder: str, **settings: Any) -> tuple[list[date], list[str], tuple[int, ...]]:
        table = raw("t", frame, {KEY: "int64", "day": "date"}, order="day", **settings)
        batch = read(tmp_path / folder, {"customers": customers([1]), "t": table})
        rows = batch.tables["t"]["day"].to_list()
        return rows, [row[3] for row in reasons(batch)], batch.row_counts["t"]

    late, on_time = "after the as-of date", "on the as-of date"
    assert check("a") == ([], [late], (3, 0, 0, 3))
    assert check("b", cutoff="before") == ([], [late, on_time], (3, 0, 0, 3))
    assert check("c", after_as_of="drop") == (days[:2], [], (3, 2, 1, 0))
    dropped = check("d", after_as_of="drop", cutoff="before")
    assert dropped == (days[:1], [], (3, 1, 2, 0))


def test_late_datetimes_count_by_their_day(tmp_path: Path) -> None:
    moments = [datetime(2026, 6, 29, 23), datetime(2026, 6, 30, 23, 59), datetime(2026, 7, 1)]
    frame = pl.DataFrame({KEY: [1, 1, 1], "at": moments})
    for cutoff, left in (("up_to", 2), ("before", 1)):
        settings = {"order": "at", "after_as_of": "drop", "cutoff": cutoff}
        table = raw("t", frame, {KEY: "int64", "at": "datetime"}, **settings)
        batch = read(tmp_path / cutoff, {"customers": customers([1]), "t": table})
        assert batch.tables["t"]["at"].to_list() == moments[:left]


def test_the_date_column_rules_not_the_order(tmp_path: Path) -> None:
    frame = pl.DataFrame({KEY: [1, 1], "n": [1, 2], "day": [AS_OF + DAY, AS_OF]})
    settings = {"order": "n", "date": "day", "after_as_of": "drop"}
    table = raw("t", frame, {KEY: "int64", "n": "int64", "day": "date"}, **settings)
    batch = read(tmp_path, {"customers": customers([1]), "t": table})
    assert batch.tables["t"]["n"].to_list() == [2]


def test_each_customer_has_its_own_as_of_date(tmp_path: Path) -> None:
    first, second = date(2020, 1, 1), date(2021, 1, 1)
    base = pl.DataFrame({KEY: [1, 2], "granted": [first, second]})
    rows = pl.DataFrame({KEY: [1, 1, 2, 2], "day": [first, first + DAY, first, second]})
    tables = {
        "customers": raw("customers", base, {KEY: "int64", "granted": "date"}),
        "t": raw("t", rows, {KEY: "int64", "day": "date"}, order="day"),
    }
    batch = read(tmp_path, tables, as_of="granted")
    assert batch.customers["as_of"].to_list() == [second]
    assert reasons(batch) == [(1, "t", "day", "after the as-of date", str(first + DAY), 1)]
    assert batch.tables["t"].rows() == [(2, first, second), (2, second, second)]


def test_customer_without_an_as_of_date_is_put_aside(tmp_path: Path) -> None:
    base = pl.DataFrame({KEY: [1, 2], "granted": [None, AS_OF]})
    tables = {"customers": raw("customers", base, {KEY: "int64", "granted": "date"})}
    batch = read(tmp_path, tables, as_of="granted")
    assert reasons(batch) == [(1, "customers", "granted", "null", None, 1)]


def test_as_of_date_of_many_rows_must_be_one(tmp_path: Path) -> None:
    frame = pl.DataFrame({KEY: [1, 1, 2, 2], "n": [1, 2, 1, 2], "day": [AS_OF] * 3 + [AS_OF - DAY]})
    table = raw("t", frame, {KEY: "int64", "n": "int64", "day": "date"}, order="n")
    batch = read(tmp_path, {"t": table}, as_of="day")
    assert batch.customers.rows() == [(1, AS_OF)]
    reason = "differs from the as-of date of the customer's first row"
    assert reasons(batch) == [(2, "t", "day", reason, str(AS_OF - DAY), 1)]


def test_tables_of_the_future_are_not_held_to_the_as_of_date(tmp_path: Path) -> None:
    frame = pl.DataFrame({KEY: [1], "day": [AS_OF + DAY]})
    table = raw("t", frame, {KEY: "int64", "day": "date"}, order="day", after_as_of="drop")
    batch = read(tmp_path, {"customers": customers([1]), "t": table}, future=["t"])
    assert batch.tables["t"].height == 1
