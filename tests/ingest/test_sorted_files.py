"""Files that are sorted each, but not together, are read where they lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import KEY, Raw, batches, cut, prepared, raw, reasons, write
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.ingest import Batch, Limits, Source, Table, find_source, prepare, survey

SPEC: dict[str, Any] = {KEY: "int64", "n": "int64", "s": "string?"}
UNMERGED = Limits(merged=0)
Row = tuple[int | None, int]


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few rows are several pieces and marks of the index."""
    monkeypatch.setattr("engine.ingest.table._PIECE_ROWS", 5)
    monkeypatch.setattr("engine.ingest.key_index._MARK_EVERY", 3)


def part(rows: list[Row]) -> pl.DataFrame:
    """Rows (key, n) in this order; ``s`` tells every row."""
    frame = pl.DataFrame(rows, schema={KEY: pl.Int64, "n": pl.Int64}, orient="row")
    return frame.with_columns(pl.format("{}:{}", pl.col(KEY).fill_null(-1), "n").alias("s"))


def sorted_part(rows: list[Row]) -> pl.DataFrame:
    return part(rows).sort(KEY, nulls_last=False, maintain_order=True)


def book(parts: list[pl.DataFrame], keys: list[int], **settings: Any) -> dict[str, Raw]:
    base = raw("customers", pl.DataFrame({KEY: keys}), {KEY: "int64"})
    return {"customers": base, "t": raw("t", parts, SPEC, **({"order": "n"} | settings))}


def tables_of(folder: Path, parts: list[pl.DataFrame], keys: list[int], **more: Any) -> Any:
    return prepared(folder, book(parts, keys), **more)


def by_key(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort(KEY, nulls_last=False, maintain_order=True)


def rows_by_reason(batch: Batch) -> dict[tuple[Any, ...], tuple[Any, int]]:
    """By (key, table, column, reason) the least value and all rows: what is shown is the first of
    each file, and the first of all is the least, since keys and orders ascend."""
    found: dict[tuple[Any, ...], tuple[Any, int]] = {}
    for *what, value, rows in reasons(batch):
        number = None if value is None else int(value)
        least, before = found.get(tuple(what), (number, 0))
        found[tuple(what)] = number if least is None else min(least, number), before + rows
    return found


def assert_same(found: list[Batch], expected: list[Batch]) -> None:
    """But for the order of customers in a chunk, and in which file a row was."""
    for a, b in zip(found, expected, strict=True):
        assert_frame_equal(a.customers, b.customers)
        assert_frame_equal(by_key(a.tables["t"]), by_key(b.tables["t"]))
        assert rows_by_reason(a) == rows_by_reason(b)
        assert (a.read, a.quarantined, a.row_counts) == (b.read, b.quarantined, b.row_counts)
        assert a.quarantined_rows.keys() == b.quarantined_rows.keys()
        for name, lost in b.quarantined_rows.items():
            assert_frame_equal(by_key(a.quarantined_rows[name]), by_key(lost))


ROWS = st.lists(
    st.tuples(st.one_of(st.none(), *[st.integers(-3, 9)] * 8), st.integers(0, 99)),
    unique=True,
    max_size=14,
)


@settings(max_examples=25)
@example(parts=[[(0, 9)], [(0, 10)], [(0, 9), (0, 10)]], keys={0}, size=1)
@given(
    parts=st.lists(ROWS, min_size=2, max_size=4),
    keys=st.sets(st.integers(-2, 8), min_size=1),
    size=st.integers(1, 4),
)
def test_batches_are_those_of_one_sorted_file(
    parts: list[list[Row]], keys: set[int], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keys lie in several files, some are missing, some are nobody's; files may have no rows."""
    folder = tmp_path_factory.mktemp("parts")
    files = [*map(sorted_part, parts), part([(0, 100)])]
    one = [by_key(pl.concat(files))]
    found = batches(tables_of(folder / "a", files, sorted(keys)), size=size)
    expected = batches(tables_of(folder / "b", one, sorted(keys)), size=size)
    assert_same(found, expected)
    for batch in found:
        keys_of_rows = batch.tables["t"][KEY]
        assert len(keys_of_rows.rle()) == keys_of_rows.n_unique()
    assert not (folder / "a/work").exists()


PARTS = [part([(1, 1), (4, 1), (4, 2)]), part([(2, 1), (3, 1), (3, 2), (6, 1)]), part([(5, 1)])]


def test_files_are_neither_sorted_nor_written(tmp_path: Path) -> None:
    table = tables_of(tmp_path, PARTS, [1, 2, 3, 4, 5, 6])["t"]
    assert (table.how, table.staged) == ("streamed, 3 sorted files merged", False)
    assert table.files == tuple(tmp_path / f"t-{number}.parquet" for number in range(3))
    assert not (tmp_path / "work").exists()


def test_a_chunk_is_a_range_of_every_file(tmp_path: Path) -> None:
    """The second and the third file are in order together."""
    parts = [PARTS[0], part([(2, 1), (3, 1)]), part([(5, 1), (6, 1)])]
    chunks = cut(tables_of(tmp_path, parts, [1, 2, 3, 4, 5, 6]), size=3)
    assert [chunk.rows["t"] for chunk in chunks] == [((0, 1), (3, 5)), ((1, 3), (5, 7))]
    assert [chunk.size for chunk in chunks] == [6, 7]


def test_files_one_after_another_are_not_merged(tmp_path: Path) -> None:
    parts = [part([(1, 1), (2, 1)]), part([]), part([(2, 2), (3, 1)])]
    assert tables_of(tmp_path, parts, [1, 2, 3])["t"].how == "streamed"


def test_rows_of_a_key_in_two_files(tmp_path: Path) -> None:
    """By order; where the table has none, in the order of the files."""
    parts = [part([(1, 3), (2, 1), (2, 2)]), part([(1, 1), (1, 2), (2, 3)])]
    (batch,) = batches(tables_of(tmp_path, parts, [1, 2]))
    assert batch.tables["t"].select(KEY, "n").rows() == [
        (key, n) for key in (1, 2) for n in (1, 2, 3)
    ]


def test_one_row_per_customer(tmp_path: Path) -> None:
    parts = [part([(1, 0), (4, 0)]), part([(2, 0), (3, 0)])]
    tables = prepared(tmp_path, book(parts, [1, 2, 3, 4], order=None))
    assert tables["t"].merged
    found = pl.concat([batch.tables["t"] for batch in batches(tables, size=2)])
    assert found["s"].to_list() == ["1:0", "2:0", "4:0", "3:0"]


def test_a_key_repeated_in_another_file(tmp_path: Path) -> None:
    """Both files are named."""
    parts = [part([(1, 0), (4, 0)]), part([(1, 7), (2, 0), (3, 0)])]
    (batch,) = batches(prepared(tmp_path, book(parts, [1, 2, 3, 4], order=None)))
    assert batch.violations.select(KEY, "reason", "value", "file").rows() == [
        (1, "repeated key", "1", str(tmp_path / "t-0.parquet")),
        (1, "repeated key", "1", str(tmp_path / "t-1.parquet")),
    ]
    assert batch.quarantined_rows["t"].select(KEY, "n").rows() == [(1, 0), (1, 7)]
    assert batch.tables["t"][KEY].to_list() == [2, 3, 4]


def test_an_order_repeated_in_another_file(tmp_path: Path) -> None:
    parts = [part([(1, 1), (3, 1)]), part([(1, 1), (2, 1)])]
    (batch,) = batches(tables_of(tmp_path, parts, [1, 2, 3]))
    assert reasons(batch) == [(1, "t", "n", "equal order; declare a tie column", "1", 1)] * 2


def test_an_order_repeated_in_one_file(tmp_path: Path) -> None:
    parts = [part([(1, 1), (3, 1)]), part([(2, 5), (2, 5)])]
    (batch,) = batches(tables_of(tmp_path, parts, [1, 2, 3]))
    assert reasons(batch) == [(2, "t", "n", "equal order; declare a tie column", "5", 2)]


def test_rows_without_a_key_are_in_the_first_chunk(tmp_path: Path) -> None:
    parts = [part([(None, 1), (1, 1), (4, 1)]), part([(None, 1), (None, 2), (2, 1)])]
    first, second = batches(prepared(tmp_path, book(parts, [1, 2, 3, 4], order=None)), size=2)
    assert reasons(first) == [(None, "t", KEY, "null", None, 1), (None, "t", KEY, "null", None, 2)]
    assert first.quarantined_rows["t"][KEY].to_list() == [None] * 3
    assert first.tables["t"][KEY].to_list() == [1, 2]
    assert second.tables["t"][KEY].to_list() == [4]


def test_violations_name_the_file_of_the_row(tmp_path: Path) -> None:
    parts = [
        pl.DataFrame({KEY: [1, 4], "day": ["2026-01-01", "?"]}),
        pl.DataFrame({KEY: [2, 3], "day": ["2026-01-01", "2026-13-01"]}),
    ]
    base = raw("customers", pl.DataFrame({KEY: [1, 2, 3, 4]}), {KEY: "int64"})
    child = raw("t", parts, {KEY: "int64", "day": "date"})
    found = batches(prepared(tmp_path, {"customers": base, "t": child}), size=3)
    named = pl.concat([batch.violations for batch in found]).select(KEY, "value", "file")
    assert named.rows() == [
        (3, "2026-13-01", str(tmp_path / "t-1.parquet")),
        (4, "?", str(tmp_path / "t-0.parquet")),
    ]


def test_a_file_out_of_order_has_the_table_sorted(tmp_path: Path) -> None:
    parts = [PARTS[0], part([(6, 1), (2, 1), (3, 2), (3, 1)]), PARTS[2]]
    tables = tables_of(tmp_path / "a", parts, [1, 2, 3, 4, 5, 6])
    assert tables["t"].how == "grouped first: sorted by key"
    merged = tables_of(tmp_path / "b", PARTS, [1, 2, 3, 4, 5, 6])
    assert_same(batches(merged, size=2), batches(tables, size=2))


def test_more_files_than_the_limit_are_sorted(tmp_path: Path) -> None:
    keys = [1, 2, 3, 4, 5, 6]
    assert tables_of(tmp_path, PARTS, keys, limits=Limits(merged=3))["t"].merged
    tables = tables_of(tmp_path, PARTS, keys, limits=Limits(merged=2))
    assert tables["t"].how == "grouped first: sorted by key"


def test_customers_are_brought_into_one_order(tmp_path: Path) -> None:
    base = raw("customers", [pl.DataFrame({KEY: k}) for k in ([1, 4], [2, 3])], {KEY: "int64"})
    tables = prepared(tmp_path, {"customers": base, "t": book(PARTS, [])["t"]})
    assert tables["customers"].how == "grouped first: sorted by key"
    found = pl.concat([batch.customers for batch in batches(tables, size=3)])
    assert found[KEY].to_list() == [1, 2, 3, 4]
    alone = prepared(tmp_path / "alone", {"t": book(PARTS, [])["t"]})
    assert alone["t"].how.startswith("streamed, in the order of the file")


def again(folder: Path, content: Raw) -> tuple[Table, list[str]]:
    notes: list[str] = []
    source = find_source("t", content.config, folder)
    settings: dict[str, Any] = {"key": KEY, "role": "other", "folder": folder / "work/t"}
    return prepare(source, content.config, note=notes.append, **settings), notes


def test_csv_files_are_merged_too_and_used_again(tmp_path: Path) -> None:
    texts = [f"{KEY},n,s\n1,1,a\n4,x,b\n", f"{KEY},n,s\n2,1,c\n3,1,d\n"]
    content = raw("t", texts, SPEC, order="n")
    write(tmp_path, content.files)
    first, notes = again(tmp_path, content)
    assert (first.how, notes) == ("streamed, from CSV, 2 sorted files merged", ["t: reading CSV"])
    second, notes = again(tmp_path, content)
    assert (second, notes) == (first, [])
    base = raw("customers", pl.DataFrame({KEY: [1, 2, 3, 4]}), {KEY: "int64"})
    tables = prepared(tmp_path, {"customers": base}) | {"t": second}
    found = batches(tables, size=2)
    assert found[0].tables["t"]["s"].to_list() == ["a", "c"]
    assert found[1].violations.select(KEY, "value", "file").rows() == [
        (4, "x", str(tmp_path / "t-0.csv"))
    ]


def test_files_with_wide_row_groups(tmp_path: Path) -> None:
    """Each is rewritten as several, which are in order together."""
    parts = [part([(key, n) for key in range(first, 1_500, 2) for n in (0, 1)]) for first in (0, 1)]
    narrow = Limits(group_bytes=1_000, piece_bytes=8_000)
    tables = tables_of(tmp_path / "a", parts, [7, 8, 1_250], limits=narrow)
    assert tables["t"].how.endswith("row groups of 1,500 rows, 2 sorted files merged")
    assert len(tables["t"].files) > 4
    assert len(tables["t"].sections(KEY)) == 2
    assert_same(
        batches(tables, size=2), batches(tables_of(tmp_path / "b", parts, [7, 8, 1_250]), size=2)
    )


def test_survey_says_what_a_run_will_do(tmp_path: Path) -> None:
    content = book(PARTS, [])["t"]
    write(tmp_path, content.files)
    source = Source("t", "parquet", tuple(tmp_path / name for name in content.files))
    found = survey(source, content.config, key=KEY, role="other")
    assert (found.order, found.rows, found.customers) == ("streamed, 3 sorted files merged", 8, 6)
    found = survey(source, content.config, key=KEY, role="customers")
    assert found.order == "grouped first: sorted by key"
