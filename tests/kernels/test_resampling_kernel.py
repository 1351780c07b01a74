"""Drawing rows again, against the twin and against Poisson's distribution."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import reference_ranks
from kernels.resampling import THRESHOLDS, TIMES, add_levels, draw


@settings(deadline=None)
@given(st.integers(-(2**63), 2**63 - 1), st.lists(st.integers(0, 2**32 - 1), max_size=40))
def test_draws_equal_the_twin(key: int, row: list[int]) -> None:
    weight, out = np.arange(len(row)) + 0.5, np.empty(len(row))
    draw(np.array(row, np.uint32), weight, key, out)
    times = [reference_ranks.times(reference_ranks.number(key, k)) for k in row]
    assert out.tolist() == (weight * times).tolist()


def test_the_numbers_are_those_of_splitmix64() -> None:
    """The first of the stream 1234567, as published with the generator."""
    first = [reference_ranks.number(1234567, k) for k in range(3)]
    assert first == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_thresholds_are_those_of_poisson() -> None:
    below = [sum(math.exp(-1) / math.factorial(j) for j in range(k + 1)) for k in range(TIMES)]
    assert THRESHOLDS.astype(float) / 2**64 == pytest.approx(below, abs=1e-15)
    assert (np.diff(THRESHOLDS.astype(object)) >= 0).all()


def test_rows_are_drawn_as_often_as_poisson_says() -> None:
    """Counts of half a million rows lie within five standard errors."""
    size = 500_000
    out = np.empty(size)
    draw(np.arange(size, dtype=np.uint32), np.ones(size), 7, out)
    for times in range(8):
        share = math.exp(-1) / math.factorial(times)
        error = 5 * math.sqrt(share * (1 - share) / size)
        assert (out == times).mean() == pytest.approx(share, abs=error)
    assert np.corrcoef(out[1:], out[:-1])[0, 1] == pytest.approx(0, abs=5 / math.sqrt(size))


def test_levels_add_up() -> None:
    level = np.array([0, 0, 1, 3], np.uint32)
    good, bad = np.full(4, 9.0), np.full(4, 9.0)
    weight = np.array([0.5, 2.0, 3.0, 4.0])
    add_levels(level, np.array([1, 0, 1, 0], np.uint8), weight, good, bad)
    assert (good.tolist(), bad.tolist()) == ([2.0, 0, 0, 4.0], [0.5, 3.0, 0, 0])
