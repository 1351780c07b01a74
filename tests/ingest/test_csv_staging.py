"""CSV: every line has its cells, every cell its value, or it is said which has not."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import batches, prepared, raw, read, reasons
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.errors import DataError
from engine.ingest import CsvConfig, TableConfig, survey
from engine.ingest.csv_files import stage_csv
from engine.ingest.sources import Source
from engine.ingest.table import UNREADABLE

Spec = dict[str, str]


def stage(folder: Path, content: str | bytes, spec: Spec, **style: Any) -> pl.DataFrame:
    """What is staged of a single CSV file, without the file number."""
    path = folder / "t.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    columns = {name: {"type": kind} for name, kind in spec.items()}
    config = TableConfig(files="t.csv", columns=columns, csv=style)  # type: ignore[arg-type]
    (staged,) = stage_csv([path], config, folder)
    return pl.read_parquet(staged).drop("__file")


def cells(folder: Path, kind: str, *texts: str, **style: Any) -> list[Any]:
    """The values of one column of the declared type; what is unreadable is ``("?", text)``."""
    frame = stage(
        folder, "\n".join(["n,x", *(f"1,{text}" for text in texts)]), {"x": kind}, **style
    )
    return [
        ("?", note.removeprefix("\x1fx=")) if note else value for value, note in frame.iter_rows()
    ]


def test_integers(tmp_path: Path) -> None:
    texts = ["7", "-7", " 7 ", "+7", "1e+05", "1E5", "7.0", "9007199254740993", "", "nan", "NaN"]
    values = [7, -7, 7, 7, 100_000, 100_000, 7, 9_007_199_254_740_993, None, None, None]
    assert cells(tmp_path, "int64", *texts) == values
    wrong = ["7.5", "1e20", "seven", "0x10", "1_000", "inf", "99999999999999999999"]
    assert cells(tmp_path, "int64", *wrong) == [("?", text) for text in wrong]


def test_floats(tmp_path: Path) -> None:
    texts = ["0.1", "-1e-3", " 2.5", "3", "1e+05", "", "nan", "NaN", "inf", "-inf"]
    values = [0.1, -0.001, 2.5, 3.0, 1e5, None, None, None, float("inf"), float("-inf")]
    assert cells(tmp_path, "float64", *texts) == values
    assert cells(tmp_path, "float64", "a lot", "--1") == [("?", "a lot"), ("?", "--1")]


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_read_to_the_bit(value: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("csv")
    (found,) = cells(folder, "float64", repr(value))
    assert found.hex() == value.hex()


def test_booleans(tmp_path: Path) -> None:
    texts = ["true", "FALSE", " True", "1", "0", "", "yes"]
    values = [True, False, True, True, False, None, ("?", "yes")]
    assert cells(tmp_path, "boolean", *texts) == values


def test_dates(tmp_path: Path) -> None:
    texts = ["2024-02-29", " 2024-03-01 ", "", "2023-02-29", "01.02.2024"]
    values = [date(2024, 2, 29), date(2024, 3, 1), None, ("?", "2023-02-29"), ("?", "01.02.2024")]
    assert cells(tmp_path, "date", *texts) == values
    assert cells(tmp_path, "date", "29.02.24", date_format="%d.%m.%y") == [date(2024, 2, 29)]
    assert cells(tmp_path, "date", "930705", date_format="%y%m%d") == [date(1993, 7, 5)]


def test_datetimes(tmp_path: Path) -> None:
    texts = ["2024-02-29 12:30:00", "2024-02-29"]
    assert cells(tmp_path, "datetime", *texts) == [datetime(2024, 2, 29, 12, 30), ("?", texts[1])]
    found = cells(tmp_path, "datetime", "29/02/2024 12.30", datetime_format="%d/%m/%Y %H.%M")
    assert found == [datetime(2024, 2, 29, 12, 30)]


@pytest.mark.parametrize("text", ["yyyy-mm-dd", "%H:%M", "%", "%Q", "", "%Y-%m"])
def test_format_that_gives_no_day(text: str) -> None:
    for which in ("date_format", "datetime_format"):
        with pytest.raises(ValidationError, match="is not a format|does not give a day"):
            CsvConfig.model_validate({which: text})


def test_strings_are_kept_as_they_are(tmp_path: Path) -> None:
    assert cells(tmp_path, "string", " a ", "nan", "0", "", '"a,b"') == [
        " a ",
        "nan",
        "0",
        None,
        "a,b",
    ]


def test_null_values(tmp_path: Path) -> None:
    assert cells(tmp_path, "int64", "NA", "?", "1", null_values=["NA", "?"]) == [None, None, 1]


def test_quotes_hold_separators_line_breaks_and_quotes(tmp_path: Path) -> None:
    content = 'n;x\n1;"a;b"\n2;"line\nbreak"\n3;"say ""hi"""\n4;5" pipe\n'
    frame = stage(tmp_path, content, {"n": "int64", "x": "string"}, separator=";")
    assert frame["x"].to_list() == ["a;b", "line\nbreak", 'say "hi"', '5" pipe']
    frame = stage(tmp_path, "n,x\n1,'a,b'\n", {"x": "string"}, quote="'")
    assert frame["x"].to_list() == ["a,b"]


@given(
    rows=st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1),
            st.text(st.sampled_from('ab ,;"\n\réß0'), min_size=1).filter(lambda s: s.strip()),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_python_writes_is_read_back(
    rows: list[tuple[int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([("n", "x"), *rows])
    spec = {"n": "int64", "x": "string"}
    frame = stage(tmp_path_factory.mktemp("csv"), stream.getvalue(), spec)
    assert frame.select("n", "x").rows() == rows


@pytest.mark.parametrize(
    ("content", "line", "has", "rows"),
    [
        ("n,x\n1,2\n3\n", 3, 1, 1),
        ("n,x\n1,2,3\n1,2\n1\n", 2, 3, 2),
        ("n,x\n\n1,2\n\n\n3\n", 6, 1, 1),
        ('n,x\n1,"a\nb\nc"\n3\n', 5, 1, 1),
        ("n,x\r\n1,2\r\n3\r\n", 3, 1, 1),
        ("n,x\n" + "1,2\n" * 5_000 + "3\n" * 17, 5_002, 1, 17),
        ('n,x\n1,2\n"3,4\n5,6\n', 3, 1, 1),  # a quote that is never closed
    ],
)
def test_ragged_lines(tmp_path: Path, content: str, line: int, has: int, rows: int) -> None:
    message = rf"ragged line: line {line} has {has} cells, the header has 2 \(file .*t\.csv, rows "
    with pytest.raises(DataError, match=message) as error:
        stage(tmp_path, content, {"n": "string", "x": "string"})
    assert error.value.count == rows


def test_ragged_line_behind_the_first_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.ingest.csv_files._BLOCK_BYTES", 64)
    with pytest.raises(DataError, match="line 102 has 3 cells"):
        stage(tmp_path, "n,x\n" + "1,2\n" * 100 + "1,2,3\n", {"n": "int64"})


def test_text_behind_the_first_block_is_no_surprise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A parser that infers types from the first block would fail at the text."""
    monkeypatch.setattr("engine.ingest.csv_files._BLOCK_BYTES", 64)
    frame = stage(tmp_path, "n,x\n" + "1,2\n" * 100 + "one,two\n", {"n": "int64"})
    assert frame["n"].to_list() == [1] * 100 + [None]
    assert frame[UNREADABLE].to_list() == [None] * 100 + ["\x1fn=one"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_empty_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"empty: not even a header line \(file .*t\.csv\)"):
        stage(tmp_path, content, {"n": "int64"})


def test_header_only(tmp_path: Path) -> None:
    assert stage(tmp_path, "n,x\n", {"n": "int64"}).height == 0
    with pytest.raises(DataError, match=r"table 't' has no rows \(file .*t-0\.csv\)"):
        prepared(tmp_path, {"t": raw("t", "customer_id\n", {"customer_id": "int64"})})


def test_byte_order_mark_and_blank_lines_are_skipped(tmp_path: Path) -> None:
    frame = stage(tmp_path, b"\xef\xbb\xbfn,x\r\n1,a\r\n\r\n2,b\r\n\r\n", {"n": "int64"})
    assert frame["n"].to_list() == [1, 2]


def test_latin_1_is_refused_where_it_is_read(tmp_path: Path) -> None:
    content = "n,x\n1,caf\u00e9\n".encode("latin-1")
    with pytest.raises(DataError, match=r"invalid UTF8 data \(file .*t\.csv\)"):
        stage(tmp_path, content, {"x": "string"})
    assert stage(tmp_path, content, {"n": "int64"})["n"].to_list() == [1]


def test_missing_and_doubled_columns(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"column missing; did you mean 'balanse'\? .*t\.csv"):
        stage(tmp_path, "balanse\n1\n", {"balance": "float64"})
    with pytest.raises(DataError, match=r"the header has the column twice .*column n"):
        stage(tmp_path, "n,x,n\n1,2,3\n", {"n": "int64"})
    assert stage(tmp_path, "n,x,x\n1,2,3\n", {"n": "int64"})["n"].to_list() == [1]


def test_line_longer_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.ingest.csv_files._BLOCK_BYTES", 64)
    with pytest.raises(DataError, match=r"cannot read: .*t\.csv"):
        stage(tmp_path, f"n,x\n1,{'a' * 500}\n", {"x": "string"})


def test_unreadable_cell_sends_its_customer_to_quarantine(tmp_path: Path) -> None:
    content = 'customer_id,amount (EUR),age\n1,2.5,30\n2,"1,5",old\n3,nan,\n'
    spec = {"customer_id": "int64", "amount (EUR)": "float64?", "age": "int64?"}
    batch = read(tmp_path, {"t": raw("t", content, spec)})
    assert batch.customers.rows() == [
        (1, 2.5, 30, batch.customers["as_of"][0]),
        (3, None, None, batch.customers["as_of"][0]),
    ]
    assert reasons(batch) == [
        (2, "t", "age", "unreadable", "old", 1),
        (2, "t", "amount (EUR)", "unreadable", "1,5", 1),
    ]
    assert batch.violations["file"].unique().to_list() == [str(tmp_path / "t-0.csv")]


def test_unreadable_cell_is_not_also_called_null(tmp_path: Path) -> None:
    content = "customer_id,x\n1,much\n2,\n3,1\n"
    batch = read(tmp_path, {"t": raw("t", content, {"customer_id": "int64", "x": "float64"})})
    assert reasons(batch) == [
        (1, "t", "x", "unreadable", "much", 1),
        (2, "t", "x", "null", None, 1),
    ]


def test_unreadable_key_has_no_customer(tmp_path: Path) -> None:
    content = "customer_id\none\n2\n"
    batch = read(tmp_path, {"t": raw("t", content, {"customer_id": "int64"})})
    assert reasons(batch) == [(None, "t", "customer_id", "unreadable", "one", 1)]
    assert (batch.read, batch.quarantined, batch.customers.height) == (2, 1, 1)


def test_column_of_the_wrong_format_is_unreadable_not_empty(tmp_path: Path) -> None:
    content = "customer_id,day\n1,01.02.2024\n2,02.02.2024\n"
    batch = read(tmp_path, {"t": raw("t", content, {"customer_id": "int64", "day": "date"})})
    assert [row[3:5] for row in reasons(batch)] == [
        ("unreadable", "01.02.2024"),
        ("unreadable", "02.02.2024"),
    ]


def test_several_files_keep_their_names(tmp_path: Path) -> None:
    parts = ["customer_id,x\n1,1\n2,two\n", "customer_id,x\n3,3\n4,four\n"]
    spec = {"customer_id": "int64", "x": "int64"}
    batch = read(tmp_path, {"t": raw("t", parts, spec)})
    files = {row[0]: row[1] for row in batch.violations.select("customer_id", "file").iter_rows()}
    assert files == {2: str(tmp_path / "t-0.csv"), 4: str(tmp_path / "t-1.csv")}


def test_file_names_survive_grouping(tmp_path: Path) -> None:
    parts = ["customer_id,x\n4,four\n1,1\n", "customer_id,x\n3,3\n2,two\n"]
    tables = prepared(
        tmp_path,
        {
            "t": raw("t", parts, {"customer_id": "int64", "x": "int64"}),
            "u": raw("u", "customer_id\n1\n", {"customer_id": "int64"}),
        },
    )
    (batch,) = batches(tables)
    files = {row[0]: row[1] for row in batch.violations.select("customer_id", "file").iter_rows()}
    assert files == {2: str(tmp_path / "t-1.csv"), 4: str(tmp_path / "t-0.csv")}
    assert tables["t"].how == "grouped first: sorted by key"


def test_survey_counts_without_staging(tmp_path: Path) -> None:
    parts = ["customer_id,x\n1,1\n1,2\n\n", "customer_id,x,y\n2,3,4\n,5,6\n"]
    table = raw("t", parts, {"customer_id": "int64"})
    for name, part in table.files.items():
        (tmp_path / name).write_text(str(part))
    source = Source("t", "csv", tuple(tmp_path / name for name in table.files))
    found = survey(source, table.config, key="customer_id", alone=False)
    assert (found.rows, found.customers, found.columns) == (4, 2, ["customer_id", "x"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t-0.csv", "t-1.csv"]
