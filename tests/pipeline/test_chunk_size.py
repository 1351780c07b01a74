"""The chunk size that is chosen where the book names none."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from command import call
from hypothesis import given
from hypothesis import strategies as st
from small_book import STATEMENTS_EACH, Source, make_frames, replace, write_book

from engine.chunk_size import Load, chosen_size, peak_bytes, row_bytes, stored_types
from engine.ingest import TableConfig

READABLE = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
GIB = 1 << 30
loads = st.builds(
    lambda customers, each, features: Load(customers, customers * each, features),
    customers=st.integers(1, 5_000_000),
    each=st.integers(8, 400_000),
    features=st.integers(1, 6_000),
)


@given(loads)
def test_readable_and_within_the_bound(load: Load) -> None:
    size = chosen_size(load)
    assert size in READABLE
    assert peak_bytes(load, size) < 1.25 * GIB or size == READABLE[0]
    larger = [s for s in READABLE if s > size]
    if larger:
        too_large = peak_bytes(load, larger[0]) > 1.1 * GIB
        assert too_large or larger[0] * 4 > load.customers


@given(loads, st.integers(1, 10))
def test_wider_rows_make_no_larger_chunks(load: Load, factor: int) -> None:
    assert chosen_size(load._replace(raw=load.raw * factor)) <= chosen_size(load)
    assert chosen_size(load._replace(features=load.features * factor)) <= chosen_size(load)


@pytest.mark.parametrize(
    ("load", "size"),
    [
        (Load(1_500_000, 1_500_000 * 200, 20), 50_000),  # a few narrow rows
        (Load(460_000, 460_000 * 9_200, 5_640), 5_000),  # 188 columns, 12 rows, a wide recipe
        (Load(460_000, 460_000 * 920, 564), 50_000),  # of which a model reads a tenth
        (Load(9_000, 9_000 * 200, 20), 2_000),
        (Load(1_000_000, 1_000_000 * 1_000_000, 20), 1_000),
    ],
)
def test_examples(load: Load, size: int) -> None:
    assert chosen_size(load) == size


def test_bytes_of_a_row(tmp_path: Path) -> None:
    names = {"key": pl.Int64, "day": pl.Date, "a": pl.Float32, "b": pl.Float64, "text": pl.String}
    file = tmp_path / "t.parquet"
    pl.DataFrame(schema=names).write_parquet(file)
    columns = {
        name: {"type": kind}
        for name, kind in zip(names, ("int64", "date", "float64", "float64", "string"), strict=True)
    }
    many = TableConfig(files="t.parquet", order="day", columns=columns)
    one = TableConfig(files="t.parquet", columns=columns)
    stored = stored_types([file])
    assert row_bytes(many, stored) == 8 + 8 + 4 + 8 + 32
    assert row_bytes(one, stored) == row_bytes(many, stored_types([])) == 8 + 8 + 8 + 8 + 32


@pytest.mark.parametrize("source", ["parquet", "csv", "table"])
def test_plan_and_manifest_say_it(tmp_path: Path, source: Source) -> None:
    frames = make_frames(customers=17_000)
    book = write_book(tmp_path, frames, source, edit=replace("chunk_customers = 25", ""))
    plan = call("run", book, "--dry-run", "--json").json
    assert (plan["chunk_customers"], plan["chosen"], plan["chunks"]) == (2_000, True, 9)
    assert "9 of 2,000 customers, chosen by size" in call("run", book, "--dry-run").out
    found = call("run", book, "--threads", 1, "--json").json
    manifest = json.loads((Path(found["path"]) / "manifest.json").read_text())
    assert manifest["chunk_customers"] == 2_000
    assert len(manifest["parts"]) == 9
    assert manifest["counts"]["rows"]["statements"]["used"] == 17_000 * STATEMENTS_EACH
    assert call("run", book, "--threads", 2, "--json").json["no_op"]


def test_what_is_named_holds(tmp_path: Path) -> None:
    book = write_book(tmp_path, make_frames(30))
    plan = call("run", book, "--dry-run", "--json").json
    assert (plan["chunk_customers"], plan["chosen"]) == (25, False)
    other = call("run", book, "--chunk-customers", 7, "--dry-run", "--json").json
    assert (other["chunk_customers"], other["chosen"], other["chunks"]) == (7, False, 5)
