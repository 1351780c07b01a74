"""The forest kernel and its readable twin."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from column_cases import apart
from forest_cases import forests, matrices, random_trees
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernels import forest as f
from kernels.reference_forest import forest_sums
from kernels.scratch import scratch_for
from kernels.source import Columns
from kernels.transforms import plain_sums
from kernels.trees import DEFAULT_LEFT, DOUBLE, IS_CATEGORICAL, LIGHTGBM, SINGLE, ZERO, Trees

N_FEATURES = 4


def scored(trees: Trees, X: NDArray[Any], columns: NDArray[np.uint32], threads: int = 1) -> Any:
    classes = int(trees.target.max()) + trees.leaf.shape[1]
    out = np.full((len(X), classes), 7.0)
    forest, cuts = f.prepare(trees), np.linspace(0, len(X), threads + 1).astype(int)

    def work(lo: int, hi: int) -> None:
        f.forest_scores(forest, X[lo:hi], columns, plain_sums(classes), out[lo:hi])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, cuts[:-1], cuts[1:]))
    return out


def expected(trees: Trees, X: NDArray[Any], columns: NDArray[np.uint32]) -> Any:
    classes = int(trees.target.max()) + trees.leaf.shape[1]
    return forest_sums(trees, X, columns, np.zeros(classes))


def used_columns(draw: st.DrawFn, trees: Trees, n_columns: int) -> NDArray[np.uint32]:
    order = np.array(draw(st.permutations(range(n_columns))), np.uint32)
    return order[: trees.used_features().size]


@st.composite
def problems(draw: st.DrawFn) -> tuple[Trees, NDArray[Any], NDArray[np.uint32]]:
    trees = draw(forests(N_FEATURES, draw(st.integers(1, 3))))
    X = draw(matrices(trees, N_FEATURES + 2))
    return trees, X, used_columns(draw, trees, N_FEATURES + 2)


@settings(max_examples=150, deadline=None)
@given(problem=problems(), threads=st.integers(1, 3))
def test_programs_equal_the_twin_to_the_bit(problem: Any, threads: int) -> None:
    trees, X, columns = problem
    assert scored(trees, X, columns, threads).tobytes() == expected(trees, X, columns).tobytes()


@settings(max_examples=60, deadline=None)
@given(problem=problems())
def test_columns_by_themselves_score_as_the_matrix(problem: Any) -> None:
    trees, X, columns = problem
    classes = int(trees.target.max()) + trees.leaf.shape[1]
    out = np.full((len(X), classes), 7.0)
    f.forest_scores(f.prepare(trees), apart(X), columns, plain_sums(classes), out)
    assert out.tobytes() == scored(trees, X, columns).tobytes()


@settings(max_examples=80, deadline=None)
@given(problem=problems(), walked_from=st.sampled_from([0, 5, 20]))
def test_walks_equal_the_twin_to_the_bit(problem: Any, walked_from: int) -> None:
    """Also where some trees of a forest are walked and some are not."""
    trees, X, columns = problem
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f, "WALKED_FROM", walked_from)
        assert scored(trees, X, columns).tobytes() == expected(trees, X, columns).tobytes()


@pytest.mark.parametrize("dialect", [LIGHTGBM, SINGLE, DOUBLE])
@pytest.mark.parametrize("leaves", [2, 256, 257, 1000, 4096, 4098])
@pytest.mark.parametrize("n", [1, 63, 64, 65, 1023, 1024, 1025, 2500])
def test_sizes(leaves: int, n: int, dialect: int) -> None:
    """Tree sizes around a byte and around the walk, rows around words and blocks."""
    rng = np.random.default_rng(leaves)
    trees = random_trees(rng, [leaves, 3, leaves], 30, 1, dialect, "many")
    X = rng.normal(size=(n, 30)) * 10.0 ** rng.integers(-3, 4, (n, 30))
    columns = trees.used_features().astype(np.uint32)
    assert scored(trees, X, columns).tobytes() == expected(trees, X, columns).tobytes()


def test_more_thresholds_than_codes() -> None:
    """2,000 thresholds of one feature need several coders; all are met exactly."""
    rng = np.random.default_rng(0)
    trees = random_trees(rng, [200] * 10, 1, 1, LIGHTGBM, "many")
    trees = trees._replace(decision=(trees.decision & ~np.uint8(IS_CATEGORICAL)))
    t = np.unique(trees.threshold)
    assert t.size > 1000
    X = np.concatenate([t, np.nextafter(t, np.inf), np.nextafter(t, -np.inf), [np.nan, 0.0]])
    columns = np.zeros(1, np.uint32)
    for dtype in (np.float64, np.float32):
        rows = X.astype(dtype)[:, None]
        assert (scored(trees, rows, columns) == expected(trees, rows, columns)).all()


def test_thresholds_that_crowd() -> None:
    """Buckets cannot part thresholds that lie next to each other, with others far away."""
    rng = np.random.default_rng(0)
    trees = random_trees(rng, [250], 1, 1, DOUBLE, "many")
    near = 1.0 + np.arange(245) * 2.0**-52
    far = [-np.inf, -1e308, 1e308, np.inf]
    trees = trees._replace(
        threshold=rng.permutation(np.concatenate([near, far])),
        decision=trees.decision & ~np.uint8(IS_CATEGORICAL),
    )
    X = np.concatenate([near, far, [0.0, 0.999, 1.001, 1e300, np.nan]])[:, None]
    columns = np.zeros(1, np.uint32)
    for dtype in (np.float64, np.float32):
        with np.errstate(over="ignore"):
            rows = X.astype(dtype)
        assert (scored(trees, rows, columns) == expected(trees, rows, columns)).all()


def test_more_categories_than_lanes() -> None:
    """Too many listed categories, or one too large, are left to the walk."""
    rng = np.random.default_rng(0)
    trees = random_trees(rng, [20, 20], 2, 1, LIGHTGBM, "few")
    nodes = trees.feature.size
    trees = trees._replace(
        feature=np.zeros(nodes, np.int32),
        threshold=np.zeros(nodes),
        decision=np.full(nodes, IS_CATEGORICAL | DEFAULT_LEFT, np.uint8),
        words=np.arange(nodes + 1, dtype=np.int32) * 2200,
        bitset=rng.integers(0, 2**32, 2200 * nodes).astype(np.uint32),
    )
    assert f.prepare(trees).forest.value.categories.lanes == 0
    X = rng.integers(-2, 2200 * 32 + 3, (300, 1)).astype(np.float64)
    X[::7] = np.nan
    columns = np.zeros(1, np.uint32)
    assert (scored(trees, X, columns) == expected(trees, X, columns)).all()


def stump(dialect: int = LIGHTGBM, **changes: Any) -> Trees:
    """One split at 0.5: left 1.0, right 2.0; NaN is missing and goes right."""
    trees = Trees(
        root=np.array([0], np.int32),
        target=np.array([0], np.int32),
        feature=np.array([0], np.int32),
        threshold=np.array([0.5]),
        decision=np.array([8], np.uint8),
        left=np.array([~0], np.int32),
        right=np.array([~1], np.int32),
        words=np.array([0, 0], np.int32),
        bitset=np.zeros(0, np.uint32),
        leaf=np.array([[1.0], [2.0]]),
        dialect=dialect,
    )
    return trees._replace(**changes)


def leaves_of(trees: Trees, values: list[float]) -> list[float]:
    X, columns = np.array([values]).T, np.array([0], np.uint32)
    assert (scored(trees, X, columns) == expected(trees, X, columns)).all()
    return [float(leaf) for leaf in scored(trees, X, columns)[:, 0]]


def decided(code: int) -> Any:
    return np.array([code], np.uint8)


def test_a_split_by_hand() -> None:
    values = [0.5, float(np.nextafter(0.5, 1.0)), -np.inf, np.inf, np.nan]
    assert leaves_of(stump(), values) == [1.0, 2.0, 1.0, 2.0, 2.0]
    assert leaves_of(stump(decision=decided(8 | DEFAULT_LEFT)), [np.nan]) == [1.0]
    assert leaves_of(stump(decision=decided(0)), [np.nan]) == [1.0]
    assert leaves_of(stump(decision=decided(0), threshold=np.array([-1.0])), [np.nan]) == [2.0]


def test_zero_by_hand() -> None:
    """What is nearly 0 is 0; where 0 is missing, it goes where NaN goes; not so in XGBoost."""
    at_zero = {"threshold": np.array([-1e-40])}
    over = float(np.nextafter(ZERO, 1.0))
    assert leaves_of(stump(**at_zero), [-ZERO, -over]) == [2.0, 1.0]
    assert leaves_of(stump(DOUBLE, **at_zero), [-ZERO, -over]) == [1.0, 1.0]
    missing = stump(decision=decided(4))
    assert leaves_of(missing, [0.0, ZERO, over, -over]) == [2.0, 2.0, 1.0, 1.0]


def test_values_are_rounded_to_float32_in_its_dialect() -> None:
    split = {"threshold": np.array([float(np.float32(0.1))])}
    just_over = float(np.float32(0.1)) + 1e-12
    assert leaves_of(stump(SINGLE, **split), [just_over]) == [1.0]
    assert leaves_of(stump(DOUBLE, **split), [just_over]) == [2.0]


def test_sums_are_rounded_to_float32_in_its_dialect() -> None:
    leaf = np.array([[1e8], [2.0]])
    both = {
        "root": np.array([0, 1], np.int32),
        "target": np.zeros(2, np.int32),
        "feature": np.zeros(2, np.int32),
        "threshold": np.full(2, 0.5),
        "decision": np.full(2, 8, np.uint8),
        "left": np.array([~0, ~2], np.int32),
        "right": np.array([~1, ~3], np.int32),
        "words": np.zeros(3, np.int32),
        "leaf": np.concatenate([leaf, [[1.0], [0.0]]]),
    }
    assert leaves_of(stump(SINGLE, **both), [0.0]) == [1e8]
    assert leaves_of(stump(DOUBLE, **both), [0.0]) == [1e8 + 1]


@pytest.mark.parametrize(("dialect", "fraction"), [(LIGHTGBM, 1.0), (SINGLE, 2.0), (DOUBLE, 2.0)])
def test_categories_by_hand(dialect: int, fraction: float) -> None:
    """Categories 0 and 33 go left; truncation is towards zero, below 0 in LightGBM only."""
    split = stump(
        dialect,
        decision=decided(IS_CATEGORICAL),
        threshold=np.zeros(1),
        words=np.array([0, 2], np.int32),
        bitset=np.array([1, 2], np.uint32),
    )
    assert leaves_of(split, [0.0, -0.0, 0.9, 33.0, 33.9]) == [1.0] * 5
    assert leaves_of(split, [-0.9]) == [fraction]
    right = [1.0, -1.0, 32.0, 34.0, 64.0, 65.0, 2.0**32, 2.0**32 + 33, np.inf, -np.inf, np.nan]
    assert leaves_of(split, right) == [2.0] * 11
    nan_left = split._replace(decision=decided(IS_CATEGORICAL | DEFAULT_LEFT))
    assert leaves_of(nan_left, [np.nan, 1.0]) == [1.0, 2.0]
    none = split._replace(words=np.array([0, 0], np.int32), bitset=np.zeros(0, np.uint32))
    assert leaves_of(none, right) == [2.0] * 11


def test_a_constant() -> None:
    constant = stump(
        root=np.array([~0], np.int32),
        feature=np.zeros(0, np.int32),
        threshold=np.zeros(0),
        decision=np.zeros(0, np.uint8),
        left=np.zeros(0, np.int32),
        right=np.zeros(0, np.int32),
        words=np.zeros(1, np.int32),
        leaf=np.array([[3.5]]),
    )
    out = np.empty((5, 1))
    none = np.zeros(0, np.uint32)
    f.forest_scores(f.prepare(constant), np.zeros((5, 0)), none, plain_sums(1), out)
    assert (out == 3.5).all()


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"X": np.zeros(3)}, "X must be 2-D"),
        ({"X": np.zeros((3, 1), np.int64)}, "X must be 2-D float32 or float64"),
        ({"X": Columns(3, (np.zeros(2),))}, r"a column must be float32 or float64 \(3,\)"),
        ({"X": Columns(3, (np.zeros(3, np.int64),))}, "a column must be .* not int64"),
        ({"out": np.zeros((2, 1))}, "out must be float64"),
        ({"out": np.zeros((3, 1), np.float32)}, "out must be float64"),
        ({"out": np.zeros((3, 2))}, "a column for each of 1 classes"),
        ({"output": plain_sums(2)}, "a column for each of 1 classes"),
        ({"columns": np.array([1], np.uint32)}, "columns must name"),
        ({"columns": np.zeros(0, np.uint32)}, "columns must name"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], match: str) -> None:
    arguments = {
        "forest": f.prepare(stump()),
        "X": np.zeros((3, 1)),
        "columns": np.array([0], np.uint32),
        "output": plain_sums(1),
        "out": np.zeros((3, 1)),
    }
    with pytest.raises(ValueError, match=match):
        f.forest_scores(**(arguments | changes))


def test_any_layout_of_out() -> None:
    trees = random_trees(np.random.default_rng(1), [9] * 6, 3, 1, LIGHTGBM, "many")
    X = np.random.default_rng(2).normal(size=(70, 3))
    columns = trees.used_features().astype(np.uint32)
    want = expected(trees, X, columns)
    out = np.full((3, 140), 7.0)[:, ::2].T
    f.forest_scores(f.prepare(trees), X, columns, plain_sums(3), out)
    assert (out == want).all()


@pytest.mark.parametrize(("slots", "lanes"), [(400, 100), (3_000, 4_096), (6_000, 4_096)])
def test_scratch_of_a_thread_takes_four_mebibytes_at_most(slots: int, lanes: int) -> None:
    made = scratch_for(f._words(slots, lanes), slots, lanes, categorical=50, classes=1)
    assert sum(array.nbytes for array in made if isinstance(array, np.ndarray)) <= 4 << 20


def test_scratch_is_used_again() -> None:
    ready = f.prepare(stump())
    with ready.scratch(1) as one, ready.scratch(1) as other:
        assert one is not other
    with ready.scratch(1) as again:
        assert again is other or again is one


def test_a_copy_takes_no_scratch_along() -> None:
    ready = f.prepare(stump())
    with ready.scratch(1) as mine:
        pass
    with copy.deepcopy(ready).scratch(1) as other:
        assert other.value.codes.ctypes.data % 64 == mine.value.codes.ctypes.data % 64 == 0
        assert other.value.codes.ctypes.data != mine.value.codes.ctypes.data
    assert not copy.deepcopy(ready)._free
