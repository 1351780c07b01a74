"""Rows of customers and windows: how they become segments."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from builders import KEY

from engine.aggregate.config import Window
from engine.aggregate.windows import Pass, Ranges, customer_ranges, passes

ROWS = Ranges(np.array([0, 0, 3]), np.array([3, 0, 7]))
"""Three customers: rows 0 to 2, none, rows 3 to 6."""


def passes_of(*windows: str, **chosen: list[int]) -> list[Pass]:
    """``chosen``: rows that a window takes."""
    taken = {name: pl.Series([row in rows for row in range(7)]) for name, rows in chosen.items()}
    return passes(ROWS, [Window.parse(name) for name in windows], taken)


def spans(one: Pass, window: int = 0) -> list[tuple[int, int]]:
    """First row and end of a window, customer by customer."""
    first, stop = one.segments.first[window], one.segments.stop
    return list(zip(first.tolist(), stop.tolist(), strict=True))


@pytest.mark.parametrize("dtype", [pl.Int64, pl.String])
def test_ranges_of_customers(dtype: Any) -> None:
    keys = pl.Series([5, 5, 9, 7, 7, 7]).cast(dtype)
    customers = pl.Series(KEY, [7, 5, 1, 9]).cast(dtype)
    found = customer_ranges(keys, customers)
    assert list(zip(*(side.tolist() for side in found), strict=True)) == [
        (3, 6),
        (0, 2),
        (0, 0),
        (2, 3),
    ]
    assert {side.dtype for side in found} == {np.dtype(np.int64)}


def test_a_table_without_rows() -> None:
    found = customer_ranges(pl.Series([], dtype=pl.Int64), pl.Series(KEY, [1, 2]))
    assert [side.tolist() for side in found] == [[0, 0], [0, 0]]


def test_no_customers() -> None:
    found = customer_ranges(pl.Series([1, 1]), pl.Series(KEY, [], dtype=pl.Int64))
    assert [side.tolist() for side in found] == [[], []]


def test_windows_of_rows_share_a_pass() -> None:
    (one,) = passes_of("all", "last_2", "last_9")
    assert one.chosen is None
    assert spans(one, 0) == [(0, 3), (0, 0), (3, 7)]
    assert spans(one, 1) == [(1, 3), (0, 0), (5, 7)]
    assert spans(one, 2) == spans(one, 0)


def test_chosen_rows_at_the_end_share_it_too() -> None:
    (one,) = passes_of("last_9d", "all", last_9d=[2, 4, 5, 6])
    assert [window.name for window in one.windows] == ["last_9d", "all"]
    assert spans(one) == [(2, 3), (0, 0), (4, 7)]


def test_no_chosen_rows_are_the_end_of_everything() -> None:
    (one,) = passes_of("few", few=[])
    assert spans(one) == [(3, 3), (0, 0), (7, 7)]


def test_chosen_rows_in_the_middle_have_a_pass_of_their_own() -> None:
    shared, own = passes_of("first", "all", first=[0, 3, 4])
    assert (shared.windows, own.windows) == ((Window("all"),), (Window("first"),))
    assert spans(own) == [(0, 1), (0, 0), (3, 5)]
    assert own.segments.start.tolist() == [0, 0, 3]  # a difference looks back to there
    assert own.chosen is None


def test_chosen_rows_with_gaps_are_gathered() -> None:
    (own,) = passes_of("odd", odd=[0, 2, 4, 6])
    assert own.chosen is not None
    assert own.chosen.to_list() == [True, False, True, False, True, False, True]
    assert spans(own) == [(0, 2), (0, 0), (2, 4)]


def test_rows_of_nobody_do_not_count() -> None:
    """Rows 3 to 6 belong to a customer that is not asked for: their gaps are no matter."""
    rows = Ranges(np.array([0]), np.array([3]))
    (one,) = passes(
        rows, [Window("odd")], {"odd": pl.Series([False, True, True, False] + [True] * 3)}
    )
    assert one.chosen is None
    assert spans(one) == [(1, 3)]
