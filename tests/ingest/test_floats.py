"""Floats are handed over as stored where kernels read them; a missing one may be null or NaN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import KEY, Raw, prepared, raw, read, reasons

from engine.ingest import Limits

INF, NAN = float("inf"), float("nan")


def tables(values: pl.Series, rule: Any = "float64?", **how: Any) -> dict[str, Raw]:
    """Customers 0, 1, 2, ... with a row each."""
    keys = pl.DataFrame({KEY: range(len(values))})
    frame = keys.with_columns(values.alias("x"), pl.lit(1).alias("n"))
    spec = {KEY: "int64", "n": "int64", "x": rule}
    return {
        "customers": raw("customers", keys, {KEY: "int64"}),
        "t": raw("t", frame, spec, **how),
    }


@pytest.mark.parametrize("kind", [pl.Float32, pl.Float64])
def test_rows_of_many_keep_type_and_nan(tmp_path: Path, kind: pl.DataType) -> None:
    values = pl.Series([0.1, NAN, None, 2.0], dtype=kind)
    batch = read(tmp_path, tables(values, order="n"))
    found = batch.tables["t"]["x"]
    assert found.dtype == kind
    assert found.null_count() == 1
    assert found.is_nan().to_list() == [False, True, None, False]


@pytest.mark.parametrize("kind", [pl.Float32, pl.Float64])
def test_one_row_each_and_lookups_are_plain(tmp_path: Path, kind: pl.DataType) -> None:
    batch = read(tmp_path, tables(pl.Series([0.5, NAN, None], dtype=kind)))
    found = batch.tables["t"]["x"]
    assert found.dtype == pl.Float64
    assert found.to_list() == [0.5, None, None]


def test_an_order_is_plain_so_that_nan_is_no_order(tmp_path: Path) -> None:
    batch = read(
        tmp_path, tables(pl.Series([0.5, NAN, 1.0], dtype=pl.Float32), "float64", order="x")
    )
    assert reasons(batch) == [(1, "t", "x", "null", None, 1)]
    assert batch.tables["t"]["x"].dtype == pl.Float64


RULES: list[tuple[dict[str, Any], list[Any], list[tuple[str, str | None]]]] = [
    ({}, [NAN, None, 1.0], [("null", None), ("null", None)]),
    ({"nullable": True}, [NAN, None, 1.0], []),
    ({"nullable": True, "max": 3, "min": 0}, [NAN, 3.0, 0.0], []),
    ({"nullable": True, "max": 3}, [NAN, 3.5, INF], [("above 3", "3.5"), ("above 3", "inf")]),
    ({"nullable": True, "allowed": [0.5]}, [NAN, None, 0.5, 0.25], [("not allowed", "0.25")]),
]


@pytest.mark.parametrize("kind", [pl.Float32, pl.Float64])
@pytest.mark.parametrize(("rule", "values", "expected"), RULES, ids=str)
def test_rules_take_nan_as_null(
    tmp_path: Path, rule: dict[str, Any], values: list[Any], expected: Any, kind: pl.DataType
) -> None:
    made = tables(pl.Series(values, dtype=kind), {"type": "float64", **rule}, order="n")
    found = [row[3:5] for row in reasons(read(tmp_path, made)) if row[3] != "not finite"]
    assert found == expected


def test_bounds_hold_for_the_stored_number(tmp_path: Path) -> None:
    """The nearest Float32 to 0.1 is greater than 0.1."""
    rule = {"type": "float64", "max": 0.1}
    made = tables(pl.Series([0.05, 0.1], dtype=pl.Float32), rule, order="n")
    assert [row[0] for row in reasons(read(tmp_path, made))] == [1]


@pytest.mark.parametrize("bad", [INF, -INF])
@pytest.mark.parametrize("missing", [NAN, None])
def test_one_infinite_among_missing_is_found(tmp_path: Path, bad: float, missing: Any) -> None:
    values = pl.Series([1.0, missing, bad, missing, -1.0], dtype=pl.Float32)
    batch = read(tmp_path, tables(values, order="n"))
    assert [(row[0], row[3]) for row in reasons(batch)] == [(2, "not finite")]


def test_quarantined_rows_are_plain(tmp_path: Path) -> None:
    values = pl.Series([1.0, -1.0, NAN], dtype=pl.Float32)
    rule = {"type": "float64", "min": 0}
    lost = read(tmp_path, tables(values, rule, order="n")).quarantined_rows["t"]
    assert lost["x"].dtype == pl.Float64
    assert lost["x"].to_list() == [-1.0, None]


def test_parts_of_both_widths(tmp_path: Path) -> None:
    parts = [
        pl.DataFrame({KEY: [0], "n": [1], "x": pl.Series([0.1], dtype=pl.Float32)}),
        pl.DataFrame({KEY: [1], "n": [1], "x": pl.Series([0.1], dtype=pl.Float64)}),
    ]
    table = raw("t", parts, {KEY: "int64", "n": "int64", "x": "float64"}, order="n")
    found = prepared(tmp_path, {"t": table})["t"].read(0, 2)["x"]
    assert found.to_list() == [pl.Series([0.1], dtype=pl.Float32).cast(pl.Float64).item(), 0.1]
    scattered = raw("s", parts[::-1], {KEY: "int64", "n": "int64", "x": "float64"}, order="n")
    limits = Limits(merged=0)
    sorted_ = prepared(tmp_path, {"t": table, "s": scattered}, limits=limits)["s"]
    assert sorted_.how.startswith("grouped first")
    assert sorted_.read(0, 2)["x"].to_list() == found.to_list()
