"""CSV lines: every line has its cells, or it is said where one has not."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from builders import prepared, raw
from csv_cases import stage
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import DataError
from engine.ingest.marks import UNREADABLE


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


def test_line_breaks_in_quotes_over_many_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.ingest.csv_files._BLOCK_BYTES", 64)
    content = "n,x\n" + "".join(f'{i},"a\nb\n{i}"\n' for i in range(200))
    frame = stage(tmp_path, content, {"n": "int64", "x": "string"})
    assert frame["n"].to_list() == list(range(200))
    assert frame["x"].to_list() == [f"a\nb\n{i}" for i in range(200)]


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
