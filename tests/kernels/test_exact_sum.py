"""Exact sums against ``math.fsum`` and fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import exact_sum, reference
from kernels.exact_sum import exact_sums, rounded
from kernels.native.exact_sum import _add

finite = st.floats(allow_nan=False, allow_infinity=False)
edges = st.sampled_from(
    [0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e16, 1.0, -1e-9]
)
values = st.lists(finite | edges, max_size=60)
UNIT = Fraction(1, 2**1074)


@settings(max_examples=300, deadline=None)
@given(values, st.integers(1, 5), st.randoms(use_true_random=False), st.sampled_from(["i4", "i8"]))
def test_sums_equal_the_twin_in_any_order(
    numbers: list[float], n_groups: int, random: Any, dtype: str
) -> None:
    groups = [random.randrange(n_groups) for _ in numbers]
    expected = reference.exact_sums(np.array(numbers, np.float64), np.array(groups, int), n_groups)
    rows = list(zip(numbers, groups, strict=True))
    for _ in range(2):
        x = np.array([row[0] for row in rows], np.float64)
        g = np.array([row[1] for row in rows], dtype)
        got = exact_sums(x, g, n_groups)
        assert got == expected
        assert all(type(total) is int for total in got)
        random.shuffle(rows)


@settings(max_examples=300, deadline=None)
@given(values)
def test_rounded_is_fsum(numbers: list[float]) -> None:
    total = exact_sums(np.array(numbers, np.float64), np.zeros(len(numbers), np.int64), 1)[0]
    assert total * UNIT == sum(map(Fraction, numbers))
    try:
        expected = math.fsum(numbers)
    except OverflowError:  # of a partial sum, or of the whole
        try:
            expected = float(total * UNIT)
        except OverflowError:
            with pytest.raises(OverflowError):
                rounded(total)
            return
    assert rounded(total) == expected


@settings(max_examples=200, deadline=None)
@given(st.integers(-(2**2100), 2**2100))
def test_rounded_is_the_nearest(total: int) -> None:
    try:
        expected = float(total * UNIT)
    except OverflowError:
        with pytest.raises(OverflowError):
            rounded(total)
        return
    assert rounded(total) == expected


def test_cancellation_ties_and_denormals_by_hand() -> None:
    def total(*numbers: float) -> float:
        x = np.array(numbers, np.float64)
        return rounded(exact_sums(x, np.zeros(x.size, np.int32), 1)[0])

    assert total(1e308, 1.0, -1e308) == 1.0
    assert total(1e308, 1e308, -1e308, -1e308, 5e-324) == 5e-324
    assert total(2.0**53, 1.0) == 2.0**53  # a tie goes to even
    assert total(2.0**53, 1.0, 5e-324) == 2.0**53 + 2.0
    assert total(*[0.1] * 10) == 1.0
    assert total() == total(-0.0, -0.0) == 0.0
    assert math.copysign(1.0, total(-0.0)) == 1.0
    assert exact_sums(np.array([5e-324, 1.0]), np.array([0, 2]), 4) == [1, 0, 2**1074, 0]
    largest = np.array([1.7976931348623157e308] * 3)
    assert exact_sums(largest, np.zeros(3, int), 1) == [3 * (2**53 - 1) << 2045]


def test_many_rows_and_collections(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=20_001) * 10.0 ** rng.integers(-300, 300, 20_001)
    g = rng.integers(0, 7, x.size)
    whole = exact_sums(x, g, 7)
    assert [rounded(t) for t in whole] == [math.fsum(x[g == k]) for k in range(7)]
    monkeypatch.setattr(exact_sum, "_ROWS", 1_000)
    assert exact_sums(x, g, 7) == whole
    assert exact_sums(x[::-1], g[::-1], 7) == whole


def test_limbs_have_room_for_all_rows_between_collections() -> None:
    assert exact_sum._ROWS * 2**33 < 2**63
    limbs = np.zeros(exact_sum._LIMBS, np.int64)
    for bits in (0x7FEFFFFFFFFFFFFF, 0x000FFFFFFFFFFFFF, 0x433FFFFFFFFFFFFF):
        _add(limbs, np.int64(bits))
    assert limbs.min() >= 0
    assert limbs.max() < 3 * 2**33


@pytest.mark.parametrize(
    ("x", "g", "match"),
    [
        (np.array([1.0, np.nan]), np.array([0, 1]), "row 1 cannot be added: value nan"),
        (np.array([np.inf]), np.array([0]), "row 0 .* value inf"),
        (np.array([1.0, -np.inf]), np.array([0, 0]), "row 1 .* value -inf"),
        (np.array([1.0]), np.array([2]), "group 2 of 2"),
        (np.array([1.0]), np.array([-1]), "group -1 of 2"),
        (np.array([1.0], np.float32), np.array([0]), "values must be 1-D float64"),
        (np.ones((2, 2)), np.zeros((2, 2), int), "values must be 1-D float64"),
        (np.ones(2), np.zeros(3, int), "groups must be int32 or int64"),
        (np.ones(2), np.zeros(2), "groups must be int32 or int64"),
    ],
)
def test_what_cannot_be_added_is_refused(
    x: np.ndarray[Any, Any], g: np.ndarray[Any, Any], match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        exact_sums(x, g, 2)
