"""The cut into chunks: every row in exactly one, no customer in two."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from builders import KEY, cut, prepared, raw
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.ingest import Chunk, Table

PIECES = st.integers(1, 9)


def sorted_tables(
    folder_factory: pytest.TempPathFactory, **keys: list[int | None]
) -> dict[str, Table]:
    tables = {}
    for name, values in keys.items():
        ordered = sorted(values, key=lambda key: (key is not None, key))
        frame = pl.DataFrame({KEY: pl.Series(ordered, dtype=pl.Int64)})
        tables[name] = raw(name, frame, {KEY: {"type": "int64", "may_be_empty": True}})
    return prepared(folder_factory.mktemp("chunks"), tables)


def keys_of(table: Table, chunk: Chunk) -> list[int | None]:
    return table.read_ranges(chunk.rows[table.name])[KEY].to_list()


@settings(max_examples=80)
@given(
    base=st.lists(st.one_of(st.none(), *[st.integers(0, 12)] * 6), min_size=1, max_size=30),
    events=st.lists(st.one_of(st.none(), *[st.integers(-2, 15)] * 6), min_size=1, max_size=40),
    size=st.integers(1, 6),
    piece=PIECES,
)
def test_chunks_cover_every_row_once_and_split_no_customer(
    base: list[int | None],
    events: list[int | None],
    size: int,
    piece: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.ingest.table._PIECE_ROWS", piece)
        tables = sorted_tables(tmp_path_factory, base=base, events=events)
        chunks = cut(tables, size=size)

    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    for name, table in tables.items():
        sections = [(section.start, section.stop) for section in table.sections(KEY)]
        ranges = list(zip(*(chunk.rows[name] for chunk in chunks), strict=True))
        assert [(of[0][0], of[-1][1]) for of in ranges] == sections
        assert all(a[1] == b[0] for of in ranges for a, b in pairwise(of))

    customers = sorted({key for key in base if key is not None})
    per_chunk = [customers[i : i + size] for i in range(0, len(customers), size)] or [[]]
    for chunk, expected in zip(chunks, per_chunk, strict=True):
        found = {key for key in keys_of(tables["base"], chunk) if key is not None}
        assert (sorted(found), chunk.customers) == (expected, len(expected))
        assert chunk.size == sum(len(keys_of(table, chunk)) for table in tables.values())

    where = [set(keys_of(tables["events"], chunk)) for chunk in chunks]
    for a, b in pairwise(where):
        assert not a & b
    for keys, expected in zip(where, per_chunk, strict=True):
        assert set(expected) & {key for key in events if key is not None} <= keys


def test_customers_without_rows_and_rows_without_customers(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    tables = sorted_tables(tmp_path_factory, base=[1, 3, 5, 7], events=[0, 3, 4, 8, None])
    chunks = cut(tables, size=2)
    assert [keys_of(tables["events"], chunk) for chunk in chunks] == [[None, 0, 3, 4], [8]]


def test_string_keys(tmp_path_factory: pytest.TempPathFactory) -> None:
    tables = {
        name: raw(name, pl.DataFrame({KEY: keys}), {KEY: "string"})
        for name, keys in {"base": ["a", "b", "é"], "events": ["a", "a", "é"]}.items()
    }
    made = prepared(tmp_path_factory.mktemp("chunks"), tables)
    assert [chunk.rows["events"] for chunk in cut(made, size=1)] == [
        ((0, 2),),
        ((2, 2),),
        ((2, 3),),
    ]
