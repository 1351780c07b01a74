"""What a logistic fit must do whatever the data: and that its bits depend on the rows alone."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logistic_cases import Data, drawn, outcome_of
from threadpoolctl import threadpool_limits

from engine.errors import DataError
from engine.fit.scorecard.logistic import LogisticFit, fit_logistic, fit_logistic_parts
from engine.fit.scorecard.rows import Outcome, Part
from kernels.irls import BLOCK

fits = settings(max_examples=25)
data_sets = st.builds(
    drawn,
    st.integers(200, 400),
    st.integers(1, 4),
    seed=st.integers(0, 10_000),
    rate=st.floats(0.2, 0.8),
    correlation=st.floats(-0.8, 0.8),
    weights=st.sampled_from(["", "counts", "shares"]),
    offset=st.sampled_from([0.0, 0.5]),
)


def close(found: LogisticFit, b: object, covariance: object) -> None:
    """In units of standard errors."""
    error = np.sqrt(np.diag(np.asarray(covariance)))
    assert np.max(np.abs(found.coefficients - b) / error) < 1e-7
    assert np.max(np.abs(found.covariance - covariance) / np.outer(error, error)) < 1e-7


@fits
@given(data_sets, st.floats(-8, 8), st.floats(-3, 3), st.integers(0, 3))
def test_a_columns_unit_and_origin(data: Data, power: float, away: float, place: int) -> None:
    """``a (x + c)`` in the place of ``x``: its coefficient by ``a``, the intercept less ``c b``."""
    j, scale = place % data.X.shape[1], 10.0**power
    X = data.X.copy()
    X[:, j] = scale * (X[:, j] + away)
    plain = fit_logistic(*data)
    T = np.eye(len(plain.coefficients))
    T[j + 1, j + 1], T[0, j + 1] = 1 / scale, -away
    found = fit_logistic(X, data.outcome)
    close(found, T @ plain.coefficients, T @ plain.covariance @ T.T)
    assert found.steps == plain.steps
    assert found.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-9)


@fits
@given(data_sets)
def test_the_other_class_has_the_other_signs(data: Data) -> None:
    event, weight, offset = data.outcome
    plain = fit_logistic(*data)
    found = fit_logistic(data.X, Outcome(1.0 - event, weight, -offset))
    close(found, -plain.coefficients, plain.covariance)


@fits
@given(data_sets)
def test_a_weight_is_a_number_of_rows(data: Data) -> None:
    times = np.floor(3.0 * data.outcome.weight).astype(int)
    event, offset = data.outcome.event, data.outcome.offset
    found = fit_logistic(data.X, Outcome(event, times.astype(float), offset))
    repeated = outcome_of(np.repeat(event, times), None, np.repeat(offset, times))
    plain = fit_logistic(np.repeat(data.X, times, axis=0), repeated)
    close(found, plain.coefficients, plain.covariance)
    assert found.weight == plain.weight == times.sum()


@fits
@given(data_sets, st.floats(-2.0, 2.0))
def test_an_offset_moves_the_intercept(data: Data, by: float) -> None:
    event, weight, offset = data.outcome
    plain = fit_logistic(*data)
    found = fit_logistic(data.X, Outcome(event, weight, offset + by))
    b = plain.coefficients.copy()
    b[0] -= by
    close(found, b, plain.covariance)
    assert found.null_log_likelihood == pytest.approx(plain.null_log_likelihood, rel=1e-10)


@fits
@given(data_sets)
def test_the_top_is_flat(data: Data) -> None:
    """Event and expectation agree over all rows, and along every column."""
    event, weight, offset = data.outcome
    b = fit_logistic(*data).coefficients
    left = event - 1 / (1 + np.exp(-(offset + b[0] + data.X @ b[1:])))
    size = np.abs(data.X).max() * weight.sum()
    assert abs(weight @ left) < 1e-9 * size
    assert np.max(np.abs((weight * left) @ data.X)) < 1e-9 * size


def same_bits(one: LogisticFit, other: LogisticFit) -> None:
    for a, b in zip(one[:4], other[:4], strict=True):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
    assert one[4:] == other[4:]


def test_bits_do_not_depend_on_threads() -> None:
    """Neither ours nor those of NumPy's linear algebra, which adds in another order on two."""
    data = drawn(BLOCK + 1_001, 100, weights="shares", correlation=0.5)
    with threadpool_limits(1):
        expected = fit_logistic(*data)
    with threadpool_limits(2):
        same_bits(expected, fit_logistic(*data))
        same_bits(expected, fit_logistic(*data, threads=2))
        same_bits(expected, fit_logistic(*data, threads=5))


def test_bits_do_not_depend_on_threads_where_columns_are_mixed() -> None:
    data = drawn(2 * BLOCK + 7, 5, correlation=1 - 1e-7)
    same_bits(fit_logistic(*data), fit_logistic(*data, threads=3))


def test_parts_have_the_bits_of_the_whole() -> None:
    X, outcome = data = drawn(3 * BLOCK + 500, 4, weights="counts", offset=0.5)
    ends = [0, BLOCK, 3 * BLOCK, len(X)]
    passes = 0

    def parts() -> list[Part]:
        nonlocal passes
        passes += 1
        cuts = [slice(*cut) for cut in pairwise(ends)]
        return [Part(X[cut], Outcome(*(v[cut] for v in outcome))) for cut in cuts]

    found = fit_logistic_parts(parts, ("a", "b", "c", "d"), threads=2)
    same_bits(found, fit_logistic(*data))
    assert passes >= found.steps + 2


def test_rows_on_disk_take_no_memory(tmp_path: Path) -> None:
    """200,000 x 16 are 25 MB; what is held besides does not depend on how many there are."""
    X, outcome = drawn(200_000, 16, correlation=0.5, offset=0.5)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    names = [f"x{j}" for j in range(16)]
    expected = fit_logistic(X, outcome)  # machine code and libraries are loaded
    tracemalloc.start()
    found = fit_logistic_parts(lambda: [Part(mapped, outcome)], names, threads=2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    same_bits(found, expected)
    assert peak < 3e6


def test_a_matrix_of_columns_has_the_bits_of_one_of_rows() -> None:
    X, outcome = drawn(BLOCK + 5, 3)
    same_bits(fit_logistic(np.asfortranarray(X), outcome), fit_logistic(X, outcome))
    wide = np.hstack([X, X])
    same_bits(fit_logistic(wide[:, :3], outcome), fit_logistic(X, outcome))


def test_nothing_is_changed() -> None:
    X, outcome = drawn(300, 3, weights="counts", offset=1.0)
    for values in (X, *outcome):
        values.flags.writeable = False
    fit_logistic(X, outcome)


def test_no_rows() -> None:
    with pytest.raises(DataError, match="no rows to fit on"):
        fit_logistic(np.empty((0, 2)), outcome_of([]))
