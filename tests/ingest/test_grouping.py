"""Customer order: whatever the order of the files, the batches are those of sorted input."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import builders
import numpy as np
import polars as pl
import pytest
from builders import KEY, Raw, batches, cut, raw
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.ingest import Batch, Limits, Source, Table, grouping, survey

SPEC = {KEY: "int64", "n": "int64", "x": "float64", "s": "string?"}


ROW_BYTES = 26  # about, in memory
SMALL = Limits(piece_bytes=7 * ROW_BYTES, range_bytes=10 * ROW_BYTES, sample_every=3)
"""So that a few rows are several pieces, samples and ranges."""


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same of the index."""
    monkeypatch.setattr("engine.ingest.table._PIECE_ROWS", 5)
    monkeypatch.setattr("engine.ingest.key_index._MARK_EVERY", 3)


def prepared(folder: Path, tables: dict[str, Raw], **changes: int) -> dict[str, Table]:
    """With ``SMALL`` limits, but for ``changes``."""
    return builders.prepared(folder, tables, limits=SMALL._replace(**changes))


def rows(keys: list[Any], seed: int = 1) -> pl.DataFrame:
    """Rows of these keys, with the order ``n`` within each, and values."""
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame({KEY: pl.Series(keys, strict=False)})
    return frame.with_columns(
        pl.int_range(pl.len()).over(KEY).alias("n"),
        pl.Series("x", rng.standard_normal(len(keys))),
        pl.Series("s", [None if i % 3 else f"é{i}" for i in range(len(keys))], dtype=pl.String),
    )


def parts(frame: pl.DataFrame, count: int) -> list[pl.DataFrame]:
    size = math.ceil(frame.height / count)
    return [frame[start : start + size] for start in range(0, frame.height, size)]


def event_table(content: pl.DataFrame | list[pl.DataFrame], kind: str = "int64") -> Raw:
    return raw("t", content, SPEC | {KEY: kind}, order="n")


def with_customers(content: Any, keys: list[Any], kind: str = "int64") -> dict[str, Raw]:
    base = raw("customers", pl.DataFrame({KEY: keys}), {KEY: kind})
    return {"customers": base, "t": event_table(content, kind)}


def merged(found: list[Batch]) -> dict[str, pl.DataFrame]:
    """The batches put together again."""
    names = found[0].tables
    return {
        "customers": pl.concat([batch.customers for batch in found]),
        **{name: pl.concat([batch.tables[name] for batch in found]) for name in names},
    }


def assert_same(found: list[Batch], expected: list[Batch]) -> None:
    """But for the order of customers within a chunk, where sorted files were merged."""
    for name, frame in merged(expected).items():
        made = merged(found)[name]
        if name != "customers":
            made, frame = (part.sort(KEY, maintain_order=True) for part in (made, frame))
        assert_frame_equal(made, frame, check_exact=True)


def test_sorted_parquet_is_used_where_it_lies(tmp_path: Path) -> None:
    frame = rows(sorted([1, 1, 2, 3, 3, 3, 7] * 4))
    table = prepared(tmp_path, with_customers(parts(frame, 3), [1, 2, 3, 7]))["t"]
    assert (table.how, table.staged) == ("streamed", False)
    assert table.files == tuple(tmp_path / f"t-{number}.parquet" for number in range(3))
    assert not (tmp_path / "work/t").exists()


@pytest.mark.parametrize("keys", [list("gébdacf"), [3, -7, 2**40, 0, 11, -(2**40), 5]])
def test_scattered_rows_come_out_as_sorted_ones(tmp_path: Path, keys: list[Any]) -> None:
    kind = "string" if isinstance(keys[0], str) else "int64"
    frame = rows(sorted(keys * 9))
    shuffled = frame.sample(fraction=1, shuffle=True, seed=3)
    expected = batches(prepared(tmp_path / "a", with_customers(frame, sorted(keys), kind)), size=2)
    tables = prepared(tmp_path / "b", with_customers(parts(shuffled, 4), keys, kind))
    assert tables["t"].how == tables["customers"].how == "grouped first: sorted by key"
    assert len(tables["t"].files) > 3
    assert_same(batches(tables, size=2), expected)
    assert not list((tmp_path / "b/work").rglob("*.arrow"))


@settings(max_examples=40)
@given(
    keys=st.lists(st.one_of(st.none(), *[st.integers(-5, 5)] * 8), min_size=1, max_size=60),
    size=st.integers(1, 4),
    seed=st.integers(0, 99),
)
def test_any_order_gives_the_same_batches(
    keys: list[int | None], size: int, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if not any(key is not None for key in keys):
        keys = [*keys, 0]
    folder = tmp_path_factory.mktemp("order")
    frame = rows(keys)
    known = sorted({key for key in keys if key is not None} - {seed % 5})
    base = [*known, 77]
    expected = batches(
        prepared(folder / "a", with_customers(frame.sort(KEY, "n"), base)), size=size
    )
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed)
    found = batches(prepared(folder / "b", with_customers(parts(shuffled, 2), base)), size=size)
    assert_same(found, expected)
    for a, b in zip(found, expected, strict=True):
        assert (a.read, a.quarantined, a.row_counts) == (b.read, b.quarantined, b.row_counts)


def test_customer_larger_than_a_range(tmp_path: Path) -> None:
    frame = rows([5] * 90 + [1, 2, 9] * 3)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=1)
    expected = batches(prepared(tmp_path / "a", with_customers(frame.sort(KEY, "n"), [1, 2, 5, 9])))
    found = batches(prepared(tmp_path / "b", with_customers(shuffled, [1, 2, 5, 9])))
    assert_same(found, expected)


def test_a_range_is_about_as_large_as_asked(tmp_path: Path) -> None:
    """Bounded memory: one range is sorted at a time."""
    frame = rows(list(range(2_000))).sample(fraction=1, shuffle=True, seed=2)
    table = prepared(tmp_path, with_customers(frame, [1]), range_bytes=100 * ROW_BYTES)["t"]
    assert 15 < len(table.files) < 25
    assert max(table.file_rows) < 200


def test_number_of_ranges_is_limited(tmp_path: Path) -> None:
    """Each is an open file."""
    frame = rows(list(range(500))).sample(fraction=1, shuffle=True, seed=2)
    assert len(prepared(tmp_path, with_customers(frame, [1]), ranges=4)["t"].files) == 4


def test_a_person_who_waits_is_told_how_far_it_is(tmp_path: Path) -> None:
    frame = rows(list(range(700))).sample(fraction=1, shuffle=True, seed=2)
    frame.write_parquet(tmp_path / "t.parquet")
    config, path = event_table(frame).config, tmp_path / "t.parquet"
    table = Table("t", config, (path,), (str(path),), staged=False, how="")
    notes: list[str] = []
    found = grouping.sort_by_key(table, KEY, tmp_path, limits=SMALL, note=notes.append)
    count = len(found.files)
    sorted_ = [note for note in notes if note.startswith("t: ranges sorted: ")]
    assert [note.endswith(f" of {count}") for note in sorted_] == [True] * 9
    assert len([note for note in notes if note.startswith("t: pieces cut into ranges: ")]) == 9


@pytest.mark.slow
def test_rows_of_a_customer_keep_their_order(tmp_path: Path) -> None:
    """A stable sort, so that what has no order column comes out the same every time."""
    large = {"piece_bytes": 60_000, "range_bytes": 1 << 20}
    count, keys = 20_000, 4
    frame = pl.DataFrame({KEY: [i % keys for i in range(count)], "n": range(count)})
    table = raw("t", frame, {KEY: "int64", "n": "int64"})
    base = raw("customers", pl.DataFrame({KEY: range(keys)}), {KEY: "int64"})
    found = prepared(tmp_path, {"customers": base, "t": table}, **large)["t"]
    expected = [n for key in range(keys) for n in range(key, count, keys)]
    assert found.read(0, count)["n"].to_list() == expected


def test_grouped_table_that_is_alone_is_streamed_in_its_order(tmp_path: Path) -> None:
    """Keys straddle the pieces and the files."""
    keys = ["m"] * 7 + ["b"] * 4 + ["z"] * 12 + ["a"] + ["k"] * 6
    frame = rows(keys)
    table = {"t": event_table(parts(frame, 4), "string")}
    tables = prepared(tmp_path, table)
    assert tables["t"].how == "streamed, in the order of the file"
    for size in (1, 2, 3, 100):
        found = merged(batches(tables, size=size))
        assert found["customers"][KEY].to_list() == ["m", "b", "z", "a", "k"]
        assert_frame_equal(found["t"].drop("as_of"), frame, check_exact=True)


def test_grouped_table_that_is_not_alone_is_sorted(tmp_path: Path) -> None:
    frame = rows([3, 3, 1, 1, 2])
    assert prepared(tmp_path, with_customers(frame, [1, 2, 3]))["t"].how.startswith("grouped first")


@pytest.mark.parametrize(
    "keys",
    [
        [1, 1, 2, 2, 1],
        [1] * 6 + [2] * 6 + [1],
        [2, None, 1],
        [2, 2, 2, 2, 2, 1, 2],  # comes back at the border of a piece
    ],
)
def test_scattered_table_that_is_alone_is_sorted(tmp_path: Path, keys: list[int | None]) -> None:
    tables = prepared(tmp_path, {"t": event_table(rows(keys))})
    assert tables["t"].how == "grouped first: sorted by key"
    found = merged(batches(tables))["customers"][KEY].to_list()
    assert found == sorted({key for key in keys if key is not None})


@given(keys=st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=20))
@settings(max_examples=60)
def test_sorted_and_grouped_by_a_plain_look(
    keys: list[int | None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("look") / "t.parquet"
    pl.DataFrame({KEY: pl.Series(keys, dtype=pl.Int64)}).write_parquet(path)
    config = raw("t", pl.DataFrame(), {KEY: "int64"}).config
    table = Table("t", config, (path,), (str(path),), staged=False, how="")
    in_order = sorted(keys, key=lambda key: (key is not None, key))
    runs = [key for i, key in enumerate(keys) if i == 0 or keys[i - 1] != key]
    assert table.index(KEY).ascending == (keys == in_order)
    grouped = None not in keys and len(set(runs)) == len(runs)
    assert grouping.is_grouped(table, KEY) == grouped


def test_survey_says_what_a_run_will_do(tmp_path: Path) -> None:
    for number, (keys, role, order) in enumerate(
        [
            ([1, 1, 2], "alone", "streamed"),
            ([2, 1, 1], "alone", "streamed, in the order of the file"),
            ([2, 1, 1], "other", "grouped first: sorted by key"),
            ([1, 2, 1, None], "alone", "grouped first: sorted by key"),
        ]
    ):
        path = tmp_path / f"{number}.parquet"
        rows(keys).write_parquet(path)
        config = event_table(rows(keys)).config
        found = survey(Source("t", "parquet", (path,)), config, key=KEY, role=role)
        assert (found.order, found.rows, found.customers) == (order, len(keys), 2)
    assert len(list(tmp_path.iterdir())) == 4


def test_chunks_of_a_grouped_table_are_of_whole_customers(tmp_path: Path) -> None:
    tables = prepared(tmp_path, {"t": event_table(rows([4] * 9 + [1] * 3 + [2] * 4))})
    found = [(chunk.rows["t"], chunk.customers) for chunk in cut(tables, size=2)]
    assert found == [(((0, 12),), 2), (((12, 16),), 1)]
