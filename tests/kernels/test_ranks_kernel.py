"""Ranking, within groups too, against the twins: counts, levels and single-rounded measures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernels import reference_ranks
from kernels.ranks import Levels, compare, rank
from kernels.ranks_by_group import compare_groups

edges = st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 1.0, -1.0, 2.5, 1e308, math.inf, -math.inf])
numbers = edges | st.floats(allow_nan=False) | st.integers(-9, 9).map(float)
narrow = st.floats(width=32, allow_nan=False) | st.integers(-3, 3).map(float)


def same(found: Levels, expected: Levels) -> bool:
    return all(
        one.dtype == other.dtype and one.tobytes() == other.tobytes()
        for one, other in zip(found, expected, strict=True)
    )


@st.composite
def rows(draw: st.DrawFn) -> tuple[NDArray[Any], NDArray[np.bool_], NDArray[np.float64] | None]:
    dtype, number = draw(st.sampled_from([(np.float64, numbers), (np.float32, narrow)]))
    score = np.array(draw(st.lists(number, min_size=1, max_size=60)), dtype)
    bad = np.array(draw(st.lists(st.booleans(), min_size=score.size, max_size=score.size)))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return score, bad, rng.random(score.size) if draw(st.booleans()) else None


@settings(deadline=None)
@given(rows(), st.integers(1, 3))
def test_levels_equal_the_twin(given_rows: Any, threads: int) -> None:
    assert same(rank(*given_rows, threads=threads), reference_ranks.rank(*given_rows))


def shapes(size: int, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """Each goes another way through the sort."""
    normal = rng.standard_normal(size)
    far = normal.copy()
    far[:1] = 1e38  # all others in few buckets, whose first digits are all alike
    return {
        "normal": normal,
        "probabilities": 1 / (1 + np.exp(3 - normal)),
        "some zero": np.where(normal < 0, 0.0, normal),
        "three decimals": normal.round(3),
        "one value": np.full(size, 0.1),
        "far": far,
        "near": 1.0 + np.arange(size)[::-1] % 7 * 2.0**-52,
        "low digits only": np.where(normal < 2, 1 + rng.integers(0, 2**20, size) * 2.0**-52, 9e9),
        "ascending": np.sort(normal),
    }


@pytest.mark.parametrize("size", [1, 2, 33, 4_097, 70_001])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_many_rows_on_any_number_of_threads(size: int, weighted: bool, dtype: type) -> None:
    rng = np.random.default_rng(size)
    bad, weight = rng.random(size) < 0.3, rng.random(size) if weighted else None
    for name, values in shapes(size, rng).items():
        score = values.astype(dtype)
        expected = reference_ranks.rank(score, bad, weight)
        for threads in (1, 2, 5):
            assert same(rank(score, bad, weight, threads=threads), expected), (name, threads)


@settings(deadline=None, max_examples=50)
@given(rows())
def test_comparison_equals_all_pairs(given_rows: Any) -> None:
    """Without weights AUC and K-S have one rounding."""
    score, bad, weight = given_rows
    if bad.all() or not bad.any():
        return
    levels = rank(*given_rows)
    won, distance, good, of_bad = compare(levels.good, levels.bad)
    found = won / (2 * good * of_bad), distance / (good * of_bad)
    ones = np.ones(score.size) if weight is None else weight
    expected = tuple(of(score, bad, ones) for of in (reference_ranks.auc, reference_ranks.ks))
    assert found == (expected if weight is None else pytest.approx(expected, abs=1e-14))


def test_comparison_by_hand() -> None:
    levels = rank(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, True, False, True]))
    assert levels.score.tolist() == [0.1, 0.4, 0.8]
    assert (levels.good.tolist(), levels.bad.tolist()) == ([1, 1, 0], [0, 1, 1])
    # of four pairs three are won and one is tied; at 0.1 and 0.4 half of a class is farther
    assert compare(levels.good, levels.bad) == (2 * 3 + 1, 2, 2, 2)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"score": np.zeros(3, np.int64)}, "float32 or float64"),
        ({"score": np.zeros((3, 1))}, r"\(3, 1\)"),
        ({"bad": np.zeros(3, np.uint8)}, "bad must be bool"),
        ({"bad": np.zeros(4, bool)}, r"\(4,\)"),
        ({"weight": np.zeros(3, np.float32)}, "weight must be float64"),
        ({"score": np.zeros(0), "bad": np.zeros(0, bool), "weight": None}, "0 rows"),
        ({"threads": 0}, "threads must be at least 1"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], match: str) -> None:
    arguments = {"score": np.zeros(3), "bad": np.zeros(3, bool), "weight": np.ones(3)} | changes
    with pytest.raises(ValueError, match=match):
        rank(**arguments)


def test_arguments_may_be_strided_and_read_only() -> None:
    score = np.arange(6.0)[::2]
    score.flags.writeable = False
    assert rank(score, np.array([True, False] * 3)[::2]).bads.tolist() == [1, 1, 1]


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 999), st.integers(1, 60), st.integers(1, 5), st.integers(1, 9))
def test_each_group_is_ranked_as_if_alone(seed: int, size: int, groups: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    level = np.sort(rng.integers(0, levels, size)).astype(np.uint32)
    bad, group = rng.random(size) < 0.4, rng.integers(0, groups, size).astype(np.uint32)
    weight = rng.integers(0, 4, size) / 4
    found = compare_groups(level, bad.view(np.uint8), weight, group, groups)
    for k in range(groups):
        mine = group == k
        assert found.good[k] == weight[mine & ~bad].sum()
        assert found.bad[k] == weight[mine & bad].sum()
        if found.good[k] and found.bad[k]:
            won = reference_ranks.auc(level[mine].astype(float), bad[mine], weight[mine])
            assert found.won[k] / (2 * found.good[k] * found.bad[k]) == won


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"level": np.zeros(3, np.int64)}, "level must be uint32"),
        ({"bad": np.zeros(2, np.uint8)}, r"bad must be uint8 \(3,\)"),
        ({"group": np.full(3, 2, np.uint32)}, "group 2 is not one of 2"),
    ],
)
def test_groups_that_are_refused(changes: dict[str, Any], match: str) -> None:
    codes = np.zeros(3, np.uint32)
    arguments = {"level": codes, "bad": np.zeros(3, np.uint8), "weight": np.ones(3), "group": codes}
    with pytest.raises(ValueError, match=match):
        compare_groups(**(arguments | changes), groups=2)
