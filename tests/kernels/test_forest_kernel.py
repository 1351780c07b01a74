"""The forest kernel and its readable twin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from forest_cases import forests, matrices
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import reference
from kernels.forest import (
    EXP,
    IDENTITY,
    LOG1P_EXP,
    RAW,
    SIGMOID,
    SIGNED_SQUARE,
    SOFTMAX,
    ZERO,
    Forest,
    Output,
    forest_scores,
)

N_USED = 3


@st.composite
def problems(draw: st.DrawFn) -> dict[str, Any]:
    classes = draw(st.integers(1, 3))
    return {
        "forest": draw(forests(N_USED, classes)),
        "X": draw(matrices(N_USED + 2)),
        "columns": np.array(draw(st.permutations(range(N_USED + 2)))[:N_USED], np.uint32),
        "classes": classes,
    }


def scored(problem: dict[str, Any], output: Output, threads: int = 1) -> np.ndarray:
    X = problem["X"]
    out = np.full((len(X), problem["classes"]), 7.0)
    cuts = np.linspace(0, len(X), threads + 1).astype(int)

    def work(lo: int, hi: int) -> None:
        forest_scores(problem["forest"], X[lo:hi], problem["columns"], output, out[lo:hi])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, cuts[:-1], cuts[1:]))
    return out


@settings(max_examples=200, deadline=None)
@given(problem=problems(), threads=st.integers(1, 3))
def test_sums_equal_the_twin_to_the_bit(problem: dict[str, Any], threads: int) -> None:
    got = scored(problem, RAW, threads)
    assert got.tobytes() == reference.forest_scores(output=RAW, **problem).tobytes()


@settings(max_examples=40, deadline=None)
@given(
    problem=problems(),
    transform=st.sampled_from([IDENTITY, SIGMOID, EXP, SIGNED_SQUARE, SOFTMAX, LOG1P_EXP]),
    sigmoid=st.sampled_from([1.0, 0.3]),
    divisor=st.sampled_from([1, 3]),
)
def test_predictions_equal_the_twin(
    problem: dict[str, Any], transform: int, sigmoid: float, divisor: int
) -> None:
    output = Output(transform, sigmoid, divisor)
    expected = reference.forest_scores(output=output, **problem)
    np.testing.assert_allclose(scored(problem, output), expected, rtol=1e-14, atol=0)


def stump(**changes: Any) -> Forest:
    """One split at 0.5: left 1.0, right 2.0."""
    forest = Forest(
        root=np.array([0], np.int32),
        slot=np.array([0], np.uint32),
        threshold=np.array([0.5]),
        kind=np.array([0], np.uint8),
        child=np.array([~0, ~1], np.int32),
        words=np.array([0, 0], np.int32),
        bitset=np.zeros(0, np.uint32),
        leaf=np.array([1.0, 2.0]),
        source=np.array([0], np.int32),
        zero_is_missing=np.array([False]),
    )
    return forest._replace(**changes)


def leaves(forest: Forest, values: list[float]) -> list[float]:
    out = np.empty((len(values), 1))
    forest_scores(forest, np.array([values]).T, np.array([0], np.uint32), RAW, out)
    return [float(leaf) for leaf in out[:, 0]]


def test_a_split_by_hand() -> None:
    values = [0.5, np.nextafter(0.5, 1.0), -np.inf, np.inf, np.nan]
    assert leaves(stump(), values) == [1.0, 2.0, 1.0, 2.0, 2.0]
    assert leaves(stump(kind=np.array([1], np.uint8)), [np.nan]) == [1.0]


def test_zero_by_hand() -> None:
    """What is nearly 0 is 0; where 0 is missing, it goes where NaN goes."""
    at_zero = stump(threshold=np.array([-1e-40]))
    over = float(np.nextafter(ZERO, 1.0))
    assert leaves(at_zero, [-ZERO, -over]) == [2.0, 1.0]
    missing = stump(zero_is_missing=np.array([True]), kind=np.array([0], np.uint8))
    assert leaves(missing, [0.0, ZERO, over, -over]) == [2.0, 2.0, 1.0, 1.0]


def test_categories_by_hand() -> None:
    """Categories 0 and 33 go left; truncation is towards zero."""
    split = stump(
        kind=np.array([2], np.uint8),
        words=np.array([0, 2], np.int32),
        bitset=np.array([1, 2], np.uint32),
    )
    left = [0.0, 0.9, -0.9, 33.0, 33.99]
    right = [1.0, -1.0, 32.0, 34.0, 64.0, 65.0, 2.0**32, 2.0**32 + 33, np.inf, -np.inf, np.nan]
    assert leaves(split, left) == [1.0] * 5
    assert leaves(split, right) == [2.0] * 11
    none = split._replace(words=np.array([0, 0], np.int32))
    assert leaves(none, [*left, *right]) == [2.0] * 16


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"X": np.zeros(3)}, "X must be 2-D"),
        ({"X": np.zeros((3, 1), np.int64)}, "X must be 2-D float32 or float64"),
        ({"out": np.zeros((2, 1))}, "out must be float64"),
        ({"out": np.zeros((3, 1), np.float32)}, "out must be float64"),
        ({"out": np.zeros((3, 2))}, "1 trees do not divide into 2 classes"),
        ({"columns": np.array([1], np.uint32)}, "columns must name"),
        ({"columns": np.zeros(0, np.uint32)}, "columns must name"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], match: str) -> None:
    arguments = {
        "forest": stump(),
        "X": np.zeros((3, 1)),
        "columns": np.array([0], np.uint32),
        "output": RAW,
        "out": np.zeros((3, 1)),
    }
    with pytest.raises(ValueError, match=match):
        forest_scores(**(arguments | changes))
