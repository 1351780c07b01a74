"""What preparing refuses, and what it keeps for a run that is resumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from builders import KEY, Raw, prepared, raw, read, write

from engine.errors import DataError, OutputError
from engine.ingest import Table, find_source, prepare

SPEC: dict[str, Any] = {KEY: "int64", "x": "float64?"}
NAN = float("nan")


def table(values: list[Any], spec: dict[str, Any] = SPEC) -> Raw:
    frame = pl.DataFrame({KEY: range(len(values)), "x": values}, strict=False)
    return raw("t", frame, spec)


def test_table_without_rows(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"table 't' has no rows .*t-0\.parquet"):
        prepared(tmp_path, {"t": raw("t", table([1.0]).files["t-0.parquet"][:0], SPEC)})  # type: ignore[index]


@pytest.mark.parametrize("values", [[None] * 3, [NAN] * 3, [NAN, None, NAN]])
@pytest.mark.parametrize("statistics", [True, False, "full"])
def test_column_without_any_value(tmp_path: Path, values: list[Any], statistics: Any) -> None:
    frame = pl.DataFrame({KEY: [1, 2, 3], "x": pl.Series(values, dtype=pl.Float64)})
    write(tmp_path, {"t-0.parquet": b""})
    frame.write_parquet(tmp_path / "t-0.parquet", statistics=statistics)
    with pytest.raises(
        DataError, match=r"every value is null in table 't'.* may_be_empty"
    ) as error:
        prepared(tmp_path, {"t": Raw({}, table([1.0]).config)})
    assert (error.value.column, error.value.count) == ("x", 3)


def test_column_of_nulls_as_other_writers_write_it(tmp_path: Path) -> None:
    frame = pl.DataFrame({KEY: [1, 2], "x": pl.Series([None, None], dtype=pl.Null)})
    pq.write_table(frame.to_arrow(), tmp_path / "t-0.parquet", write_statistics=False)
    with pytest.raises(DataError, match="every value is null"):
        prepared(tmp_path, {"t": Raw({}, table([1.0]).config)})


def test_column_of_a_csv_without_any_value(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"every value is null .*t-0\.csv, column x, rows 2"):
        prepared(tmp_path, {"t": raw("t", f"{KEY},x\n1,\n2,nan\n", SPEC)})


def test_one_late_value_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.ingest.table._PIECE_ROWS", 300)
    assert prepared(tmp_path, {"t": table([None] * 1_500 + [1.0])})["t"].rows == 1_501


def test_empty_column_may_be_declared(tmp_path: Path) -> None:
    spec = SPEC | {"x": {"type": "float64", "nullable": True, "may_be_empty": True}}
    assert read(tmp_path, {"t": table([None, None], spec)}).customers.height == 2


def prepare_again(folder: Path, content: Raw, notes: list[str]) -> Table:
    source = find_source("t", content.config, folder)
    settings: dict[str, Any] = {"key": KEY, "role": "other", "folder": folder / "work/t"}
    return prepare(source, content.config, note=notes.append, **settings)


@pytest.mark.parametrize(
    "content",
    [
        raw("t", f"{KEY},x\n2,1\n1,2\n", SPEC),
        raw("t", pl.DataFrame({KEY: [2, 1], "x": [1.0, 2.0]}), SPEC),
    ],
    ids=["csv", "scattered"],
)
def test_staged_files_are_used_again(tmp_path: Path, content: Raw) -> None:
    write(tmp_path, content.files)
    notes: list[str] = []
    first = prepare_again(tmp_path, content, notes)
    assert notes
    notes.clear()
    again = prepare_again(tmp_path, content, notes)
    assert (notes, again) == ([], first)
    assert again.read(0, 2).rows() == first.read(0, 2).rows()


def test_staging_that_was_cut_short_begins_anew(tmp_path: Path) -> None:
    content = raw("t", f"{KEY},x\n2,1\n1,2\n", SPEC)
    write(tmp_path, content.files)
    write(tmp_path, {"work/t/csv/00000.parquet": b"half", "work/t/sorted/00007.arrow": b"half"})
    table = prepare_again(tmp_path, content, [])
    assert table.read(0, 2)[KEY].to_list() == [1, 2]
    assert not list((tmp_path / "work").rglob("*.arrow"))


def test_staging_folder_that_cannot_be_made(tmp_path: Path) -> None:
    content = raw("t", f"{KEY},x\n2,1\n1,2\n", SPEC)
    write(tmp_path, dict(content.files) | {"work": b"a file where a folder should be"})
    with pytest.raises(OutputError, match="cannot write to .*work") as error:
        prepare_again(tmp_path, content, [])
    assert error.value.exit_code == 74
