"""What cross sections leave on disk and in memory, and a disk that does not take it."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from cross_section_cases import DAY, KEY, by_polars, feature, ranked
from polars.testing import assert_frame_equal

from engine.aggregate.cross_section import CrossSections
from engine.errors import OutputError
from kernels.counted import SIZE

FEATURES = [feature("x", "last_rank_in_month")]


def rows(customers: int = 1_000) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    return pl.DataFrame(
        {
            KEY: np.arange(customers),
            DAY: [date(2026, 5, 1)] * customers,
            "x": rng.standard_normal(customers),
        }
    )


def sections(folder: Path, budget_bytes: int = 64 << 20) -> CrossSections:
    return CrossSections(
        folder, FEATURES, key=KEY, dates={"statements": DAY}, budget_bytes=budget_bytes
    )


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk(tmp_path: Path) -> None:
    made = sections(tmp_path)
    made.add(0, "statements", rows(10))
    with (
        no_file_larger_than(4_096),
        pytest.raises(OutputError, match=f"cannot write to {tmp_path}: File too large"),
    ):
        made.add(1, "statements", rows())


@pytest.mark.parametrize("size", [10, 10_000])
def test_a_folder_that_is_gone(tmp_path: Path, size: int) -> None:
    with pytest.raises(OutputError, match=f"cannot write to {tmp_path / 'gone'}: No such file"):
        sections(tmp_path / "gone").add(0, "statements", rows(size))


@pytest.mark.parametrize("threads", [1, 2])
def test_files_that_have_been_cut_short(tmp_path: Path, threads: int) -> None:
    made = sections(tmp_path)
    made.add(0, "statements", rows())
    with (tmp_path / "0-values").open("r+b") as file:
        file.truncate(800)
    with pytest.raises(OutputError, match="an intermediate file ends at byte 800"):
        made.finish(threads=threads)


def test_values_are_removed_and_ranks_stay(tmp_path: Path) -> None:
    made = sections(tmp_path)
    made.add(0, "statements", rows())
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) > 20_000
    made.finish()
    assert [file.name for file in tmp_path.iterdir()] == ["0-ranks"]
    assert made.ranks(0)["statements"].equals(made.ranks(0)["statements"])


def test_numbers_that_are_float32_take_half_the_disk(tmp_path: Path) -> None:
    sizes = []
    for name, x in {"wide": rows()["x"], "narrow": rows()["x"].cast(pl.Float32)}.items():
        (tmp_path / name).mkdir()
        sections(tmp_path / name).add(0, "statements", rows().with_columns(x))
        sizes.append((tmp_path / name / "0-values").stat().st_size)
    assert sizes == [8_000, 4_000]


def test_small_whole_numbers_take_no_disk(tmp_path: Path) -> None:
    """As long as there is room to count them."""
    sizes = []
    for budget in (8 * SIZE, 8 * SIZE - 1):
        (tmp_path / str(budget)).mkdir()
        made = sections(tmp_path / str(budget), budget)
        made.add(0, "statements", rows().with_columns(pl.col("x").mul(100).floor()))
        file = tmp_path / str(budget) / "0-values"
        sizes.append(file.stat().st_size if file.exists() else 0)
        made.finish()
    assert sizes == [0, 4_000]


def test_a_column_may_be_float32_in_one_chunk_only(tmp_path: Path) -> None:
    """Its values are the same numbers, so they are ranked among the others."""
    whole = rows().with_columns(pl.col("x").cast(pl.Float32).cast(pl.Float64))
    chunks = [
        whole[:300].with_columns(pl.col("x").cast(pl.Float32)),
        whole[300:].with_columns(pl.col("x") + pl.when(pl.col(KEY) == 999).then(1e-9).otherwise(0)),
    ]
    made = sections(tmp_path, budget_bytes=800)
    for number, chunk in enumerate(chunks):
        made.add(number, "statements", chunk)
    made.finish()
    found = pl.concat([made.ranks(number)["statements"] for number in range(2)])
    together = pl.concat([chunk.with_columns(pl.col("x").cast(pl.Float64)) for chunk in chunks])
    assert_frame_equal(found, by_polars(together, FEATURES), check_exact=True)


def test_several_tables(tmp_path: Path) -> None:
    other = feature("x", "last_valid_rank_in_month", table="other")
    made = CrossSections(
        tmp_path, [*FEATURES, other], key=KEY, dates={"statements": DAY, "other": "when"}
    )
    assert made.tables == ("statements", "other")
    made.add(7, "statements", rows(5))
    made.add(7, "other", rows(900).rename({DAY: "when"}))
    made.finish()
    found = made.ranks(7)
    (tmp_path / "alone").mkdir()
    assert found["statements"].equals(ranked(tmp_path / "alone", rows(5), FEATURES))
    assert found["other"].columns == [KEY, other.name]
    assert found["other"][other.name].max() == 1.0


def test_nothing_at_all(tmp_path: Path) -> None:
    """Not even a chunk: there is nothing to rank."""
    sections(tmp_path).finish()
