"""Tables that may be missing or empty, and those that may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from builders import KEY, Raw, batches, columns, prepared, raw

from engine.errors import DataError, InputMissingError
from engine.ingest import Source, TableConfig, find_source, prepare, read_lookups, survey

SPEC = {KEY: "int64", "n": "int64", "x": "float64?", "day": "date?"}
EMPTY = pl.DataFrame(schema={KEY: pl.Int64, "n": pl.Int64, "x": pl.Float32, "day": pl.Date})


def customers() -> Raw:
    return raw("customers", pl.DataFrame({KEY: [1, 2, 3]}), {KEY: "int64"})


@pytest.mark.parametrize(
    "content", [[], [EMPTY], [EMPTY, EMPTY], ["customer_id,n,x,day\n"]], ids=str
)
def test_an_optional_table_may_have_no_file_or_no_rows(tmp_path: Path, content: list[Any]) -> None:
    files = raw("t", content, SPEC, order="n").files if content else {}
    names = [*files] or ["t-*.parquet"]
    config = TableConfig(files=names, columns=columns(SPEC), order="n", optional=True)
    table = Raw(files, config)
    found = batches(prepared(tmp_path, {"customers": customers(), "t": table}), size=2)
    assert [batch.customers[KEY].to_list() for batch in found] == [[1, 2], [3]]
    for batch in found:
        assert batch.tables["t"].height == 0
        assert set(batch.tables["t"].columns) == {*SPEC, "as_of"}
        assert batch.row_counts["t"] == (0, 0, 0, 0)


def test_an_optional_table_that_is_there_is_read(tmp_path: Path) -> None:
    frame = pl.DataFrame({KEY: [1], "n": [1], "x": [0.5], "day": [None]})
    spec = SPEC | {"day": {"type": "date", "nullable": True, "may_be_empty": True}}
    table = raw("t", frame, spec, order="n", optional=True)
    (batch,) = batches(prepared(tmp_path, {"customers": customers(), "t": table}))
    assert batch.tables["t"]["x"].to_list() == [0.5]


@pytest.mark.parametrize("exists", [True, False])
def test_optional_in_duckdb(tmp_path: Path, exists: bool) -> None:
    config = TableConfig(
        duckdb="bank.duckdb", table="t", columns=columns({KEY: "int64"}), optional=True
    )
    if exists:
        with duckdb.connect(str(tmp_path / "bank.duckdb")) as connection:
            connection.execute(f"create table t ({KEY} bigint)")
    source = find_source("t", config, tmp_path)
    table = prepare(
        source, config, key=KEY, role="other", folder=tmp_path / "w", note=lambda _: None
    )
    assert (table.rows, table.files) == (0, ())


def test_optional_lookup(tmp_path: Path) -> None:
    table = Raw(
        {}, TableConfig(files="no.parquet", columns=columns(SPEC), lookup=True, optional=True)
    )
    (frame,) = read_lookups(prepared(tmp_path, {"t": table})).values()
    assert (frame.height, frame.columns) == (0, list(SPEC))


def test_a_part_of_several_may_be_missing_only_where_optional(tmp_path: Path) -> None:
    EMPTY.write_parquet(tmp_path / "a.parquet")
    names, made = ["a.parquet", "b.parquet", "c-*.parquet"], columns(SPEC)
    found = find_source("t", TableConfig(files=names, columns=made, optional=True), tmp_path)
    assert found.files == (tmp_path / "a.parquet",)
    with pytest.raises(InputMissingError, match=r"tables\.t: there is no file .*b\.parquet"):
        find_source("t", TableConfig(files=names, columns=made), tmp_path)
    with pytest.raises(InputMissingError, match=r"tables\.t: no file matches .*c-\*\.parquet"):
        find_source("t", TableConfig(files=[names[0], names[2]], columns=made), tmp_path)


def test_an_empty_table_is_an_error_otherwise(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"table 't' has no rows \(file .*t-0\.parquet\)"):
        prepared(tmp_path, {"customers": customers(), "t": raw("t", EMPTY, SPEC, order="n")})


def test_the_plan_of_a_table_without_files() -> None:
    config = TableConfig(files="no.parquet", columns=columns(SPEC), order="n", optional=True)
    found = survey(Source("t", "parquet", ()), config, key=KEY, role="other")
    assert (found.rows, found.customers, found.order) == (0, 0, "no file")
