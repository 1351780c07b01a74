"""The narrow columns of a published run: what is read, what is refused, what is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from engine.errors import BookError, DataError
from engine.strategy import Columns, narrow_columns


def part(folder: Path, number: int = 0, **changes: Any) -> Path:
    """Four published customers, one of them knocked out."""
    rows = {
        "customer_id": [1, 2, 3, 4],
        "segment": ["b", "a", "b", "a"],
        "pd": [0.01, None, 0.03, 0.2],
        "rate": [0.1, None, 0.12, None],
        "limit": [1000.0, None, 500.0, None],
        "approve": [True, False, True, False],
        "knock_out": [None, "no pd", None, None],
        "limit_cap": [1000.0, 2000.0, 500.0, 0.0],
        "propensity": [0.2, None, 0.4, 1.0],
    } | changes
    made = pl.DataFrame({name: values for name, values in rows.items() if values is not None})
    path = folder / f"part-{number:05d}.parquet"
    made.with_columns(pl.col("knock_out").cast(pl.String)).write_parquet(path)
    return path


def read(folder: Path, score: str | None = None, **changes: Any) -> Columns:
    return narrow_columns([part(folder, **changes)], folder / "out", "abc", propensity=score)


def test_eligible_customers_only(tmp_path: Path) -> None:
    found = read(tmp_path, "propensity")
    assert (found.segments, found.groups, found.knocked_out) == (("a", "b"), ("all",), 1)
    assert found.segment.tolist() == [1, 1, 0]
    assert found.pd.tolist() == [0.01, 0.03, 0.2]
    assert found.cap.tolist() == [1000.0, 500.0, 0.0]
    assert found.propensity.tolist() == [0.2, 0.4, 1.0]
    assert found.rate.tolist()[:2] == [0.1, 0.12]
    assert np.isnan(found.rate[2])
    assert found.approve.tolist() == [True, True, False]


def test_brackets_in_a_path_are_no_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "[2026-06]"
    folder.mkdir()
    assert read(folder).pd.tolist() == [0.01, 0.03, 0.2]


def test_who_only_lacks_an_offer_can_be_made_one(tmp_path: Path) -> None:
    reasons = ["no offer", "no pd", "strategy not in force", "staff"]
    found = read(tmp_path, knock_out=reasons)
    assert (found.pd.tolist(), found.knocked_out) == ([0.01, 0.03], 2)


def test_without_caps_nothing_limits(tmp_path: Path) -> None:
    found = read(tmp_path, limit_cap=None)
    assert np.isinf(found.cap).all()
    assert np.isnan(found.propensity).all()


def test_groups(tmp_path: Path) -> None:
    found = read(tmp_path, group=["n", "s", "s", "n"])
    assert (found.groups, found.group.tolist()) == (("n", "s"), [0, 1, 0])


def test_several_parts_in_their_order(tmp_path: Path) -> None:
    parts = [part(tmp_path), part(tmp_path, 1, segment=["c", "c", "c", "c"])]
    found = narrow_columns(parts, tmp_path / "out", "abc", propensity=None)
    assert found.segments == ("a", "b", "c")
    assert found.segment.tolist() == [1, 1, 0, 2, 2, 2]
    assert found.knocked_out == 2


def test_kept_by_content_and_by_what_was_asked_for(tmp_path: Path) -> None:
    first = read(tmp_path)
    again = read(tmp_path, pd=[0.5] * 4)  # other parts under the same content hash: not looked at
    assert again.pd.tolist() == first.pd.tolist()
    assert not first.pd.flags.writeable
    other = narrow_columns([part(tmp_path)], tmp_path / "out", "def", propensity=None)
    assert other.pd.size == 3
    assert len(list((tmp_path / "out" / "columns").iterdir())) == 2
    with_score = read(tmp_path, "propensity")
    assert not np.isnan(with_score.propensity).any()


@pytest.mark.parametrize(
    ("changes", "column", "count"),
    [
        ({"pd": [0.01, None, None, 1.2]}, "pd", 2),
        ({"pd": [float("nan"), None, 0.1, 0.1]}, "pd", 1),
        ({"limit_cap": [-1.0, 1.0, None, 1.0]}, "cap", 2),
        ({"propensity": [None, None, 0.4, 1.5]}, "propensity", 2),
    ],
)
def test_what_no_customer_can_have(
    tmp_path: Path, changes: dict[str, Any], column: str, count: int
) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, "propensity", **changes)
    assert (error.value.column, error.value.count) == (column, count)
    assert str(tmp_path) in str(error.value)
    assert not (tmp_path / "out" / "columns").exists()


def test_a_propensity_that_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="publishes no column 'propensity'"):
        read(tmp_path, "propensity", propensity=None)


def test_a_damaged_or_missing_part_is_named(tmp_path: Path) -> None:
    path = part(tmp_path)
    path.write_bytes(path.read_bytes()[:200])
    for _ in range(2):
        with pytest.raises(DataError, match="a part of the run cannot be read") as error:
            narrow_columns([path], tmp_path / "out", "abc", propensity=None)
        assert error.value.file == str(path)
        assert error.value.exit_code == 65
        path.unlink(missing_ok=True)
    assert not (tmp_path / "out" / "columns").exists()


def test_a_run_without_customers(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no customers"):
        narrow_columns([], tmp_path / "out", "abc", propensity=None)
