"""The data contract: each rule finds its rows, names them, and puts their customers aside whole."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import AS_OF, KEY, Raw, batches, prepared, raw, read, reasons

INF, NAN = float("inf"), float("nan")
DAY = timedelta(days=1)


def customers(keys: list[Any], **settings: Any) -> Raw:
    return raw("customers", pl.DataFrame({KEY: keys}), {KEY: "int64"}, **settings)


def one_column(values: list[Any], kind: str, **rules: Any) -> dict[str, Raw]:
    """Customers 0, 1, 2, ... with one value each, of which the first keeps every rule."""
    dtype = pl.Float64 if kind == "float64" else None
    frame = pl.DataFrame({KEY: range(len(values)), "x": pl.Series(values, dtype=dtype)})
    return {"t": raw("t", frame, {KEY: "int64", "x": {"type": kind, **rules}})}


RULES: list[tuple[str, dict[str, Any], list[Any], list[tuple[str, str | None]]]] = [
    ("float64", {}, [1.0, None, NAN], [("null", None), ("null", None)]),
    ("float64", {"nullable": True}, [1.0, None, INF, -INF], [("not finite", "inf")] * 2),
    (
        "float64",
        {"min": 0, "max": 10},
        [0.0, 10.0, -0.5, 10.5],
        [("below 0", "-0.5"), ("above 10", "10.5")],
    ),
    ("int64", {"min": 0.5}, [1, 0], [("below 0.5", "0")]),
    ("int64", {"max": 2**53 + 1}, [2**53 + 1, 2**53 + 2], [(f"above {2**53 + 1}", str(2**53 + 2))]),
    ("int64", {"allowed": [0, 1]}, [0, 1, 2], [("not allowed", "2")]),
    ("float64", {"allowed": [0.5, 1]}, [0.5, 1.0, 0.25], [("not allowed", "0.25")]),
    (
        "string",
        {"allowed": ["a", "b"]},
        ["a", "b", "B", ""],
        [("not allowed", "B"), ("not allowed", "")],
    ),
    ("boolean", {"allowed": [True]}, [True, False], [("not allowed", "false")]),
    ("string", {"nullable": True, "allowed": ["a"]}, ["a", None], []),
    ("float64", {"nullable": True, "min": 0}, [1.0, None], []),
    ("date", {}, [AS_OF, AS_OF + DAY], [("after the as-of date", str(AS_OF + DAY))]),
    ("date", {"future": "allow"}, [AS_OF, AS_OF + DAY], []),
    (
        "date",
        {"min": date(2020, 1, 1)},
        [date(2020, 1, 1), date(2019, 12, 31)],
        [("below 2020-01-01", "2019-12-31")],
    ),
    (
        "datetime",
        {},
        [datetime(2026, 6, 30, 23, 59), datetime(2026, 7, 1)],
        [("after the as-of date", "2026-07-01 00:00:00.000000")],
    ),
    (
        "datetime",
        {"max": date(2020, 1, 1)},
        [datetime(2020, 1, 1, 12), datetime(2020, 1, 2)],
        [("above 2020-01-01", "2020-01-02 00:00:00.000000")],
    ),
]


@pytest.mark.parametrize(("kind", "rules", "values", "expected"), RULES, ids=str)
def test_rules_of_one_column(
    tmp_path: Path,
    kind: str,
    rules: dict[str, Any],
    values: list[Any],
    expected: list[tuple[str, str | None]],
) -> None:
    batch = read(tmp_path, one_column(values, kind, **rules))
    found = [(reason, value) for _, _, _, reason, value, _ in reasons(batch)]
    assert [reason for reason, _ in found] == [reason for reason, _ in expected]
    if "not finite" not in dict(expected):
        assert found == expected
    bad = set(batch.violations[KEY])
    assert len(bad) == len(expected)
    assert batch.customers[KEY].to_list() == [k for k in range(len(values)) if k not in bad]


def test_one_entry_per_customer_column_reason_and_file(tmp_path: Path) -> None:
    parts = [
        pl.DataFrame(
            {KEY: [1, 1, 1], "n": [1, 2, 3], "x": [-1.0, -2.0, 5.0], "y": [0.0, -9.0, 0.0]}
        ),
        pl.DataFrame({KEY: [1, 2], "n": [4, 1], "x": [-4.0, 1.0], "y": [0.0, 0.0]}),
    ]
    bounded = {"type": "float64", "min": 0}
    spec = {KEY: "int64", "n": "int64", "x": bounded, "y": bounded}
    tables = {"customers": customers([1, 2]), "t": raw("t", parts, spec, order="n")}
    batch = read(tmp_path, tables)
    assert reasons(batch) == [
        (1, "t", "x", "below 0", "-1.0", 2),
        (1, "t", "x", "below 0", "-4.0", 1),
        (1, "t", "y", "below 0", "-9.0", 1),
    ]


def test_whole_customers_are_put_aside(tmp_path: Path) -> None:
    """A customer with a bad row in one table is missing from all; the rows are kept for a look."""
    spec = {KEY: "int64", "n": "int64", "x": {"type": "float64", "min": 0}}
    rows = pl.DataFrame({KEY: [1, 1, 2, 2, 3], "n": [1, 2, 1, 2, 1], "x": [1.0, 2, 3, -1, 4]})
    other = pl.DataFrame({KEY: [1, 2, 2], "n": [1, 1, 2], "x": [0.0, 1, 2]})
    tables = {
        "customers": customers([1, 2, 3]),
        "t": raw("t", rows, spec, order="n"),
        "u": raw("u", other, spec, order="n"),
    }
    batch = read(tmp_path, tables)
    assert batch.customers[KEY].to_list() == [1, 3]
    assert batch.tables["t"][KEY].to_list() == [1, 1, 3]
    assert batch.tables["u"][KEY].to_list() == [1]
    assert {name: frame.rows() for name, frame in batch.quarantined_rows.items()} == {
        "customers": [(2,)],
        "t": [(2, 1, 3.0), (2, 2, -1.0)],
        "u": [(2, 1, 1.0), (2, 2, 2.0)],
    }
    assert (batch.read, batch.quarantined) == (3, 1)


def test_repeated_key(tmp_path: Path) -> None:
    batch = read(tmp_path, {"customers": customers([1, 2, 2, 3, 3, 3])})
    assert reasons(batch) == [
        (2, "customers", KEY, "repeated key", "2", 2),
        (3, "customers", KEY, "repeated key", "3", 3),
    ]
    assert (batch.read, batch.quarantined, batch.customers[KEY].to_list()) == (3, 2, [1])


def test_repeated_key_of_a_side_table(tmp_path: Path) -> None:
    side = raw("side", pl.DataFrame({KEY: [1, 2, 2]}), {KEY: "int64"})
    batch = read(tmp_path, {"customers": customers([1, 2, 3]), "side": side})
    assert reasons(batch) == [(2, "side", KEY, "repeated key", "2", 2)]
    assert batch.customers[KEY].to_list() == [1, 3]


def ordered(rows: list[tuple[Any, ...]], **settings: Any) -> dict[str, Raw]:
    """Customers 1 to 3 and rows (key, order, tie)."""
    frame = pl.DataFrame(rows, schema={KEY: pl.Int64, "n": pl.Int64, "m": pl.Int64}, orient="row")
    spec = {KEY: "int64", "n": "int64", "m": "int64"}
    return {"customers": customers([1, 2, 3]), "t": raw("t", frame, spec, **settings)}


def test_equal_order_without_a_tie(tmp_path: Path) -> None:
    rows = [(1, 5, 1), (1, 6, 1), (2, 5, 1), (2, 5, 2), (3, 5, 1)]
    batch = read(tmp_path, ordered(rows, order="n"))
    assert reasons(batch) == [(2, "t", "n", "equal order; declare a tie column", "5", 2)]


def test_tie_breaks_equal_order_unless_it_is_equal_too(tmp_path: Path) -> None:
    rows = [(1, 5, 2), (1, 5, 1), (2, 5, 7), (2, 4, 7), (2, 5, 7)]
    batch = read(tmp_path, ordered(rows, order="n", tie="m"))
    assert reasons(batch) == [(2, "t", "n", "equal order and tie", "5", 2)]
    assert batch.tables["t"].select("n", "m").rows() == [(5, 1), (5, 2)]


def test_equal_order_far_apart_in_the_file(tmp_path: Path) -> None:
    rows = [(1, 5, 1), (1, 9, 2), (1, 5, 3)]
    batch = read(tmp_path, ordered(rows, order="n"))
    assert reasons(batch)[0][3:] == ("equal order; declare a tie column", "5", 2)


def test_null_order_is_no_equal_order(tmp_path: Path) -> None:
    batch = read(tmp_path, ordered([(1, None, 1), (1, None, 2), (2, 1, 1)], order="n"))
    assert reasons(batch) == [(1, "t", "n", "null", None, 2)]


def test_unique_within_the_customer(tmp_path: Path) -> None:
    rows = [(1, 1, 7), (1, 2, 7), (2, 1, 7), (2, 2, 8)]
    batch = read(tmp_path, ordered(rows, order="n", unique=["m"]))
    assert reasons(batch) == [(1, "t", "m", "repeated", "7", 2)]


def test_unique_combination(tmp_path: Path) -> None:
    rows = [(1, 1, 7), (1, 2, 7), (2, 1, 7), (2, 3, 7), (2, 1, 7)]
    batch = read(tmp_path, ordered(rows, order="n", unique=["m", "n"]))
    assert (2, "t", "m", "repeated", "7", 2) in reasons(batch)
    assert 1 not in set(batch.violations[KEY])


def test_null_repeats_nothing(tmp_path: Path) -> None:
    frame = pl.DataFrame({KEY: [1, 1, 1], "n": [1, 2, 3], "m": [None, None, 5]})
    spec = {KEY: "int64", "n": "int64", "m": "int64?"}
    batch = read(tmp_path, {"t": raw("t", frame, spec, order="n", unique=["m"])})
    assert reasons(batch) == []


def test_no_such_customer(tmp_path: Path) -> None:
    rows = [(0, 1, 1), (1, 1, 1), (2, 1, 1), (9, 1, 1), (9, 2, 2)]
    batch = read(tmp_path, ordered(rows, order="n"))
    assert reasons(batch) == [
        (0, "t", KEY, "no such customer", "0", 1),
        (9, "t", KEY, "no such customer", "9", 2),
    ]
    assert (batch.read, batch.quarantined, batch.customers.height) == (5, 2, 3)
    assert batch.quarantined_rows["t"][KEY].to_list() == [0, 9, 9]


def test_null_key(tmp_path: Path) -> None:
    """In the customers table each is a customer; elsewhere it is a row of nobody."""
    tables = ordered([(None, 1, 1), (None, 2, 2), (1, 1, 1)], order="n")
    tables["customers"] = customers([None, None, 1])
    batch = read(tmp_path, tables)
    assert reasons(batch) == [
        (None, "customers", KEY, "null", None, 2),
        (None, "t", KEY, "null", None, 2),
    ]
    assert (batch.read, batch.quarantined, batch.customers.height) == (3, 2, 1)
    assert batch.row_counts["t"] == (3, 1, 0, 2)


def test_string_keys(tmp_path: Path) -> None:
    base = raw("customers", pl.DataFrame({KEY: ["a", "é", "b"]}), {KEY: "string"})
    rows = raw(
        "t", pl.DataFrame({KEY: ["é", "x"], "n": [1, 1]}), {KEY: "string", "n": "int64"}, order="n"
    )
    (batch,) = batches(prepared(tmp_path, {"customers": base, "t": rows}))
    assert batch.customers[KEY].to_list() == ["a", "b", "é"]
    assert reasons(batch) == [("x", "t", KEY, "no such customer", "x", 1)]
