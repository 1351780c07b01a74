"""Physical Parquet types against declared types, over one file and over several."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import prepared, raw

from engine.errors import DataError
from engine.ingest.marks import FILE

DAY, NOON = date(2024, 2, 29), datetime(2024, 2, 29, 12, 30)
INTEGERS = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)

CONVERTS: list[tuple[str, pl.Series, Any]] = [
    *(("int64", pl.Series([7], dtype=kind), 7) for kind in INTEGERS),
    ("int64", pl.Series([Decimal(7)], dtype=pl.Decimal(38, 0)), 7),
    *(("float64", pl.Series([7], dtype=kind), 7.0) for kind in (*INTEGERS, pl.Float32, pl.Float64)),
    ("float64", pl.Series([Decimal("7.25")], dtype=pl.Decimal(18, 2)), 7.25),
    ("float64", pl.Series([True]), 1.0),
    ("string", pl.Series(["a"]), "a"),
    ("string", pl.Series(["a"], dtype=pl.Categorical), "a"),
    ("string", pl.Series(["a"], dtype=pl.Enum(["a", "b"])), "a"),
    ("boolean", pl.Series([True]), True),
    ("date", pl.Series([DAY]), DAY),
    ("date", pl.Series(["2024-02-29"]), DAY),
    ("datetime", pl.Series([DAY]), datetime(2024, 2, 29)),
    ("datetime", pl.Series(["2024-02-29"]), datetime(2024, 2, 29)),
    *(
        ("datetime", pl.Series([text]), NOON)
        for text in ("2024-02-29 12:30:00", "2024-02-29T12:30:00", "2024-02-29 12:30:00.000")
    ),
    *(
        ("datetime", pl.Series([NOON], dtype=pl.Datetime(unit)), NOON)
        for unit in ("ms", "us", "ns")
    ),
    ("datetime", pl.Series([NOON]).dt.replace_time_zone("UTC"), NOON),
]
REFUSED = [
    ("int64", pl.Series([7.0])),
    ("int64", pl.Series([Decimal("7.5")], dtype=pl.Decimal(18, 2))),
    ("int64", pl.Series(["7"])),
    ("float64", pl.Series(["7"])),
    ("string", pl.Series([7])),
    ("string", pl.Series([b"a"])),
    ("boolean", pl.Series([1])),
    ("date", pl.Series([NOON])),
    ("date", pl.Series([20240229])),
    ("boolean", pl.Series(["true"])),
    ("datetime", pl.Series([7])),
    ("float64", pl.Series([[1.0]])),
]


def read(folder: Path, *parts: pl.DataFrame, kind: str) -> pl.Series:
    table = prepared(folder, {"t": raw("t", parts, {"customer_id": "int64", "x": f"{kind}?"})})["t"]
    return table.read(0, table.rows)["x"]


def part(key: int, column: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"customer_id": [key] * len(column), "x": column})


@pytest.mark.parametrize(("kind", "column", "value"), CONVERTS, ids=str)
def test_converts(tmp_path: Path, kind: str, column: pl.Series, value: Any) -> None:
    found = read(tmp_path, part(1, column), part(2, pl.Series([None])), kind=kind)
    assert found.to_list() == [value, None]
    assert found.dtype == {"int64": pl.Int64, "float64": pl.Float64}.get(kind, found.dtype)


@pytest.mark.parametrize(("kind", "column"), REFUSED, ids=str)
def test_refused(tmp_path: Path, kind: str, column: pl.Series) -> None:
    with pytest.raises(DataError, match=rf"wrong type: .* where {kind} is declared .*t-0\.parquet"):
        read(tmp_path, part(1, column), kind=kind)


def test_integer_beyond_int64_is_not_wrapped(tmp_path: Path) -> None:
    column = pl.Series([2**63], dtype=pl.UInt64)
    with pytest.raises(DataError, match=r"cannot read: .*t-0\.parquet"):
        read(tmp_path, part(1, column), kind="int64")


def test_nan_becomes_null(tmp_path: Path) -> None:
    found = read(tmp_path, part(1, pl.Series([float("nan"), 1.0, None])), kind="float64")
    assert found.to_list() == [None, 1.0, None]


def test_types_may_differ_from_file_to_file(tmp_path: Path) -> None:
    parts = [part(1, pl.Series([1], dtype=pl.Int8)), part(2, pl.Series([2.5], dtype=pl.Float32))]
    assert read(tmp_path, *parts, kind="float64").to_list() == [1.0, 2.5]


def test_each_file_is_checked(tmp_path: Path) -> None:
    parts = [part(1, pl.Series([1.0])), part(2, pl.Series(["x"]))]
    with pytest.raises(DataError, match=r"wrong type: String .*t-1\.parquet, column x"):
        read(tmp_path, *parts, kind="float64")


def test_missing_column_is_named_with_a_likely_one(tmp_path: Path) -> None:
    frame = pl.DataFrame({"customer_id": [1], "balanse": [1.0]})
    table = raw("t", [frame], {"customer_id": "int64", "balance": "float64"})
    with pytest.raises(DataError, match=r"column missing; did you mean 'balanse'\?") as error:
        prepared(tmp_path, {"t": table})
    assert (error.value.column, error.value.exit_code) == ("balance", 65)
    assert error.value.file == str(tmp_path / "t-0.parquet")


def test_column_order_does_not_matter_and_others_are_not_read(tmp_path: Path) -> None:
    parts = [
        pl.DataFrame({"customer_id": [1], "x": [1.0], "extra": ["?"]}),
        pl.DataFrame({"x": [2.0], "customer_id": [2]}),
    ]
    spec = {"customer_id": "int64", "x": "float64"}
    table = prepared(tmp_path, {"t": raw("t", parts, spec)})["t"]
    found = table.read(0, 2)
    assert found.rows() == [(1, 1.0, 0), (2, 2.0, 1)]
    assert found.columns == ["customer_id", "x", FILE]


def test_row_ranges_over_files(tmp_path: Path) -> None:
    parts = [pl.DataFrame({"customer_id": rows}) for rows in ([1, 2], [], [3], [4, 5, 6])]
    typed = [part.cast({"customer_id": pl.Int64}) for part in parts]
    table = prepared(tmp_path, {"t": raw("t", typed, {"customer_id": "int64"})})["t"]
    for start in range(7):
        for stop in range(start, 7):
            found = table.read(start, stop)["customer_id"].to_list()
            assert found == [1, 2, 3, 4, 5, 6][start:stop]
