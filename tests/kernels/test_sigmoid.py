"""The logistic function: accuracy, monotony, ends."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernels.kernel import Kernel

_sigmoids = Kernel("logistic", "sigmoids")


def sigmoids(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """In a loop that is vectorised, as in the kernels."""
    p = z.copy()
    _sigmoids(p, p.size)
    return p


def sigmoid(z: float) -> float:
    """Of one number, which fills no vector."""
    return float(sigmoids(np.array([z]))[0])


def ulps(z: float) -> float:
    """How far off it is, in units of the last place of the true value, to 40 digits."""
    with localcontext() as context:
        context.prec = 40
        true = 1 / (1 + (-Decimal(z)).exp())
        return float(abs(Decimal(float(sigmoid(z))) - true) / Decimal(math.ulp(float(true))))


@pytest.mark.parametrize("width", [1e-3, 1.0, 5.0, 40.0, 708.0])
def test_within_two_and_a_half_ulp(width: float) -> None:
    rng = np.random.default_rng(int(1000 * width))
    assert max(ulps(z) for z in rng.uniform(-width, width, 4_000)) < 2.5


@given(z=st.floats(-750.0, 750.0))
def test_within_two_and_a_half_ulp_anywhere(z: float) -> None:
    assert ulps(z) < 2.5


@given(z=st.lists(st.floats(allow_nan=False), min_size=2))
def test_it_never_decreases(z: list[float]) -> None:
    assert (np.diff(sigmoids(np.sort(np.array(z)))) >= 0.0).all()


def test_it_never_decreases_where_the_power_of_two_changes() -> None:
    """The 400 numbers around each multiple of ln 2: only there other numbers are multiplied."""
    multiples = np.arange(1, 1081) * math.log(2.0)
    bits = multiples.view(np.int64)[:, None] + np.arange(-200, 200)
    for around in bits.view(np.float64):
        assert (np.diff(sigmoids(around)) >= 0.0).all()
        assert (np.diff(sigmoids(-around)) <= 0.0).all()


@given(z=st.floats(allow_nan=False))
def test_the_other_side_is_the_rest(z: float) -> None:
    """sigmoid(-z) = 1 - sigmoid(z), to three ulp of the larger one."""
    p, rest = sigmoid(z), sigmoid(-z)
    assert abs((1.0 - p) - rest) <= 3.0 * math.ulp(max(p, rest))


def test_ends() -> None:
    z = np.array([0.0, -0.0, 37.0, 1e300, np.inf, -745.0, -746.0, -1e300, -np.inf, np.nan])
    expected = [0.5, 0.5, 1.0, 1.0, 1.0, 5e-324, 0.0, 0.0, 0.0, np.nan]
    np.testing.assert_array_equal(sigmoids(z), expected)


@given(z=st.lists(st.floats(-800.0, 800.0), max_size=40))
def test_a_result_does_not_depend_on_its_place(z: list[float]) -> None:
    one_by_one: list[Any] = [sigmoid(x) for x in z]
    np.testing.assert_array_equal(sigmoids(np.array(z)), one_by_one)
