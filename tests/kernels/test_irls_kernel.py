"""Sums of a step of a logistic fit, and moments of columns, against their twins."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels import irls, reference_irls
from kernels.irls import Basis, Block, Moments, Sums


def block_of(n: int, p: int, seed: int = 0, far: float = 3.0) -> Block:
    rng = np.random.default_rng(seed)
    X = 3.0 * rng.normal(size=(n, p)) + 1.0
    event = (rng.random(n) < 0.3).astype(float)
    return Block(X, event, rng.integers(0, 3, n) * 0.5, far * rng.normal(size=n))


def basis_of(p: int, is_mixed: bool, seed: int = 0) -> Basis:
    rng = np.random.default_rng(seed)
    mixed = np.triu(rng.normal(size=(p + 1, p + 1))) if is_mixed else np.eye(p + 1)
    return Basis(rng.normal(size=p), rng.uniform(0.2, 2.0, p), mixed, is_mixed)


def sums_of(block: Block, basis: Basis, b: Any) -> Sums:
    return irls.folded(irls.step_sums(block, basis, b), block.X.shape[1])


def rows_of(block: Block, places: Any) -> Block:
    return Block(*(values[places] for values in block))


def close(found: Sums, expected: Sums, scale: float) -> None:
    """``scale``: what the numbers that are added are like."""
    limit = 1e-13 * scale
    assert found.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-13, abs=1e-300)
    assert np.allclose(found.gradient, expected.gradient, rtol=1e-12, atol=limit)
    assert np.allclose(found.information, expected.information, rtol=1e-12, atol=limit)


@pytest.mark.parametrize("is_mixed", [False, True])
@pytest.mark.parametrize("far", [0.0, 3.0, 300.0])
@pytest.mark.parametrize(
    "shape", [(0, 2), (1, 0), (1, 1), (7, 3), (8, 4), (127, 2), (128, 5), (129, 7), (5_000, 30)]
)
def test_sums_equal_the_twin(shape: tuple[int, int], far: float, is_mixed: bool) -> None:
    """Rows and columns of whole tiles, one more and one less; certain rows and doubtful ones."""
    block, basis = block_of(*shape, far=far), basis_of(shape[1], is_mixed)
    b = np.random.default_rng(1).normal(size=shape[1] + 1)
    expected = reference_irls.step_sums(block, basis, b)
    close(sums_of(block, basis, b), expected, 100.0 * max(shape))


@pytest.mark.parametrize("z", [0.0, 1e-9, 0.5, 5.0, 30.0, 37.0, 50.0, 700.0, 745.0, 800.0, 1e9])
@pytest.mark.parametrize("event", [0.0, 1.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_row_keeps_its_digits(z: float, event: float, sign: float) -> None:
    """Where mu is nearly 0 or 1, ``ln mu`` and ``1 - mu`` are as exact as elsewhere."""
    one = np.ones(1)
    block = Block(np.empty((1, 0)), event * one, one, sign * z * one)
    found = sums_of(block, basis_of(0, False), np.zeros(1))
    toward = np.longdouble(sign * z if event else -sign * z)
    with np.errstate(over="ignore"):
        wrong, right = 1 / (1 + np.exp(toward)), 1 / (1 + np.exp(-toward))
    likelihood = -np.log1p(np.exp(-toward)) if toward > -11_000 else toward
    tiny = 1e-307  # below, a number has fewer digits
    assert found.log_likelihood == pytest.approx(float(likelihood), rel=3e-15, abs=tiny)
    assert abs(found.gradient[0]) == pytest.approx(float(wrong), rel=3e-15, abs=tiny)
    assert found.information[0, 0] == pytest.approx(float(wrong * right), rel=3e-15, abs=tiny)


def test_rows_of_no_weight_add_nothing() -> None:
    block = block_of(300, 3)
    with_weight = rows_of(block, block.weight > 0)
    basis, b = basis_of(3, False), np.array([0.1, 0.2, -0.3, 0.4])
    close(sums_of(block, basis, b), sums_of(with_weight, basis, b), 1e4)
    nothing = sums_of(block._replace(weight=np.zeros(300)), basis, b)
    assert nothing.log_likelihood == 0.0
    assert not nothing.gradient.any()
    assert not nothing.information.any()


def test_information_is_symmetric_to_the_bit() -> None:
    information = sums_of(block_of(500, 9), basis_of(9, True), np.zeros(10)).information
    assert np.array_equal(information, information.T)


def test_blocks_are_added_as_one() -> None:
    block, basis, b = block_of(1_000, 5), basis_of(5, False), np.full(6, 0.1)
    parts = [irls.step_sums(rows_of(block, slice(k, k + 300)), basis, b) for k in (0, 300, 600)]
    parts.append(irls.step_sums(rows_of(block, slice(900, None)), basis, b))
    found = irls.folded(reduce(irls.added, parts), 5)
    close(found, reference_irls.step_sums(block, basis, b), 1e5)


@given(
    st.lists(
        st.tuples(
            st.floats(-1e6, 1e6), st.sampled_from([0.0, 0.5, 1.0, 7.0]), st.sampled_from([0.0, 1.0])
        ),
        min_size=1,
        max_size=40,
    ),
    st.integers(0, 40),
)
def test_moments_equal_the_twin(rows: list[tuple[float, float, float]], cut: int) -> None:
    x, weight, event = np.ascontiguousarray(np.array(rows).T)
    block = Block(np.column_stack([x, 1e3 + x**2]), event, weight, np.zeros(len(x)))
    found = irls.joined(
        irls.moments(rows_of(block, slice(0, cut))), irls.moments(rows_of(block, slice(cut, None)))
    )
    used = weight > 0
    assert found.counts.tolist() == [len(x), used.sum(), (used & (event == 1)).sum(), 0, 0]
    assert np.allclose(found.total, [weight.sum(), weight @ event, 0.0])
    for which in (0, 1):
        of_class = block.X[used & (event == which)]
        assert np.array_equal(found.lowest[which], of_class.min(axis=0, initial=np.inf))
        assert np.array_equal(found.highest[which], of_class.max(axis=0, initial=-np.inf))
    if used.any():
        mean, squares = reference_irls.mean_and_squares(block)
        size = np.abs(block.X).max(axis=0)
        assert np.allclose(found.mean, mean, rtol=1e-12, atol=1e-14 * size.max())
        assert np.allclose(found.squares, squares, rtol=1e-9, atol=1e-13 * (size**2).max())


def test_moments_count_what_is_wrong() -> None:
    block = block_of(5, 2)._replace(
        event=np.array([0.0, 1.0, 0.5, np.nan, 1.0]),
        weight=np.array([1.0, -1.0, 1.0, 1.0, -2.0]),
        offset=np.array([0.0, -2.0, 0.0, 1.0, 0.0]),
    )
    found = irls.moments(block)
    assert found.counts[3:].tolist() == [2, 2]
    assert found.total[2] == 3.0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_a_number_that_is_not_finite_shows(value: float, weight: float) -> None:
    block = block_of(9, 2)
    block.X[4, 1], block.weight[4] = value, weight
    found: Moments = irls.joined(irls.moments(block_of(9, 2)), irls.moments(block))
    assert np.isfinite(found.squares[0])
    assert not np.isfinite(found.squares[1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.zeros((5, 2), np.float32)}, "X must be float64"),
        ({"X": np.zeros((2, 5)).T}, "in C order"),
        ({"X": np.zeros(5)}, "X must be"),
        ({"weight": np.ones(4)}, "weight must be"),
        ({"event": np.ones(5, np.int64)}, "event must be"),
        ({"offset": np.ones(10)[::2]}, "offset must be"),
    ],
)
def test_wrong_arrays_are_refused(change: dict[str, Any], message: str) -> None:
    block = block_of(5, 2)._replace(**change)
    with pytest.raises(ValueError, match=message):
        irls.step_sums(block, basis_of(2, False), np.zeros(3))
    with pytest.raises(ValueError, match=message):
        irls.moments(block)


def test_wrong_coefficients_are_refused() -> None:
    with pytest.raises(ValueError, match="X has 2"):
        irls.step_sums(block_of(5, 2), basis_of(2, False), np.zeros(2))
    with pytest.raises(ValueError, match="X has 2"):
        irls.step_sums(block_of(5, 2), basis_of(3, False), np.zeros(3))
