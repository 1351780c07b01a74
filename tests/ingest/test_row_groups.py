"""Row groups too large to be read in parts are written anew; the rows stay the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from builders import KEY, batches, prepared, raw
from polars.testing import assert_frame_equal

from engine.ingest import Limits, Table
from engine.ingest.row_groups import widest_group

SPEC = {KEY: "int64", "n": "int64", "x": "float64?", "s": "string?", "day": "date"}
NARROW = Limits(group_bytes=10_000, piece_bytes=8_000)


def rows(count: int) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    n = np.arange(count)
    return pl.DataFrame({KEY: n // 7, "n": n % 7}).with_columns(
        pl.Series("x", rng.random(count), dtype=pl.Float32),
        pl.Series("s", [None if i % 5 else f"é{i}" for i in n], dtype=pl.String),
        pl.Series("day", ["2026-01-31" if i != 3_000 else "?" for i in n]),
        pl.Series("other", rng.random(count)),
    )


def made(folder: Path, frame: pl.DataFrame, limits: Limits) -> dict[str, Table]:
    base = raw("customers", frame.select(KEY).unique(), {KEY: "int64"})
    half = frame.height // 2
    events = raw("t", [frame[:half], frame[half:]], SPEC, order="n")
    return prepared(folder, {"customers": base, "t": events}, limits=limits)


def test_rewritten_rows_are_the_same(tmp_path: Path) -> None:
    frame = rows(6_000)
    plain, narrow = made(tmp_path / "a", frame, Limits()), made(tmp_path / "b", frame, NARROW)
    assert (plain["t"].how, plain["t"].staged) == ("streamed", False)
    assert narrow["t"].how == "streamed, rewritten: row groups of 3,000 rows"
    assert len(narrow["t"].files) > 4
    for a, b in zip(batches(plain, size=200), batches(narrow, size=200), strict=True):
        assert_frame_equal(a.tables["t"], b.tables["t"])
        assert a.row_counts == b.row_counts
    found = pl.concat([batch.violations for batch in batches(narrow, size=200)])
    assert found.select("column", "reason", "value", "file").rows() == [
        ("day", "unreadable", "?", str(tmp_path / "b/t-1.parquet"))
    ]


def test_row_groups_become_small(tmp_path: Path) -> None:
    narrow = made(tmp_path, rows(6_000), NARROW)["t"]
    for file in narrow.files:
        assert pl.scan_parquet(file).select(pl.len()).collect().item() < 3_000
    assert widest_group(narrow) < NARROW.group_bytes
    assert not (set(pl.read_parquet_schema(narrow.files[0])) & {"other"})


def test_only_the_declared_columns_make_a_group_wide(tmp_path: Path) -> None:
    frame = rows(6_000).with_columns(other=pl.lit("x" * 5_000).repeat_by(1).list.first())
    limit = widest_group(made(tmp_path / "a", frame, Limits())["t"])
    assert made(tmp_path / "b", frame, NARROW._replace(group_bytes=limit))["t"].how == "streamed"
    found = made(tmp_path / "c", frame, NARROW._replace(group_bytes=limit - 1))["t"].how
    assert found.startswith("streamed, rewritten")


@pytest.mark.parametrize("limits", [Limits(), NARROW])
def test_wide_and_scattered(tmp_path: Path, limits: Limits) -> None:
    frame = rows(3_000)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=1)
    expected = pl.concat([b.tables["t"] for b in batches(made(tmp_path / "a", frame, Limits()))])
    tables = made(tmp_path / "b", shuffled, limits)
    assert tables["t"].how == "grouped first: sorted by key"
    assert_frame_equal(pl.concat([b.tables["t"] for b in batches(tables)]), expected)
