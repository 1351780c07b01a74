"""Sorting by digits and percentile ranks against their twins, to the bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernels import reference_percentile_ranks
from kernels.counted import FIRST, SIZE, below
from kernels.percentile_ranks import percentile_ranks
from kernels.radix import argsort, sort

NONE = np.zeros(SIZE + 1, np.int64)
edges = st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 1.0, -1.0, 2.5, 1e308, math.inf, -math.inf])
numbers = st.lists(edges | st.floats(allow_nan=False) | st.integers(-99, 99).map(float))
narrow = st.lists(st.floats(width=32, allow_nan=False))


def sorted_(values: NDArray[np.float64], spare: int = 0) -> NDArray[np.float64]:
    made = values.copy()
    sort(made, np.full(values.size + spare, 7.0))
    return made


@settings(deadline=None)
@given(numbers | narrow, st.integers(0, 3))
def test_sort_equals_the_twin(values: list[float], spare: int) -> None:
    x = np.array(values, np.float64)
    expected = reference_percentile_ranks.argsort(x)
    assert argsort(x).tolist() == expected.tolist()
    assert sorted_(x, spare).tobytes() == x[expected].tobytes()


@pytest.mark.parametrize("size", [0, 1, 2, 2_047, 70_001])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16, np.bool_])
def test_sort_many(size: int, dtype: type) -> None:
    """Each dtype makes another number of passes, odd and even."""
    rng = np.random.default_rng(size)
    x = (rng.standard_normal(size) * 10.0 ** rng.integers(-3, 4, size)).astype(dtype).astype(float)
    expected = reference_percentile_ranks.argsort(x)
    assert np.array_equal(argsort(x), expected)
    assert sorted_(x).tobytes() == x[expected].tobytes()


def test_argsort_leaves_its_argument() -> None:
    x = np.array([3.0, 1.0, 2.0])
    x.flags.writeable = False
    assert argsort(x).tolist() == [1, 2, 0]


@settings(deadline=None)
@given(st.lists(edges | st.floats(-3, 3).map(round), min_size=1), numbers, st.integers(0, 30))
def test_ranks_equal_the_twin(values: list[float], wanted: list[float], cut: int) -> None:
    """Also of the upper part, with the number of those below it."""
    x, asked = np.sort(np.array(values, np.float64)), np.sort(np.array(wanted, np.float64))
    expected = reference_percentile_ranks.percentile_ranks(x, asked)
    found = percentile_ranks(x, asked, below=0, counted=NONE, count=x.size)
    assert found.tobytes() == expected.tobytes()
    lower = int((x < x[min(cut, x.size - 1)]).sum())
    above = asked >= x[lower]
    found = percentile_ranks(x[lower:], asked[above], below=lower, counted=NONE, count=x.size)
    assert found.tobytes() == expected[above].tobytes()


near = edges | st.integers(FIRST - 3, FIRST + SIZE + 3).map(float) | st.floats(allow_nan=False)


@settings(deadline=None)
@given(st.lists(near | st.integers(-3, 3).map(float), min_size=1), st.lists(near))
def test_ranks_among_counted_ones_equal_the_twin(values: list[float], wanted: list[float]) -> None:
    x, asked = np.sort(np.array(values, np.float64)), np.sort(np.array(wanted + values, np.float64))
    counts = (x >= FIRST) & (x < FIRST + SIZE) & (x == np.trunc(x))
    times = np.bincount(x[counts].astype(np.int64) - FIRST, minlength=SIZE)
    found = percentile_ranks(x[~counts], asked, below=0, counted=below(times), count=x.size)
    assert found.tobytes() == reference_percentile_ranks.percentile_ranks(x, asked).tobytes()


def test_ranks_by_hand() -> None:
    x = np.array([-0.0, 0.0, 1.0, 4.0])
    asked = np.array([0.0, 1.0, 1.0, 4.0])
    expected = [(0 + 1.5) / 4, (2 + 1) / 4, (2 + 1) / 4, 1.0]
    assert percentile_ranks(x, asked, below=0, counted=NONE, count=4).tolist() == expected


def test_one_that_is_equal_to_all_wanted_is_half_below() -> None:
    asked = np.array([3.5, 3.5])
    among = np.array([1.0, 3.5, 3.5, 3.5])
    found = percentile_ranks(among[:0], asked, below=1 + 3 / 2, counted=NONE, count=4)
    assert found.tolist() == reference_percentile_ranks.percentile_ranks(among, asked).tolist()
