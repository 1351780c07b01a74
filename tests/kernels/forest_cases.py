"""Random forests (the arrays, not the learner) and rows for them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernels.trees import (
    DEFAULT_LEFT,
    DOUBLE,
    IS_CATEGORICAL,
    LIGHTGBM,
    MISSING_NAN,
    MISSING_NONE,
    MISSING_ZERO,
    SINGLE,
    ZERO,
    Trees,
)

VALUES = [
    *(np.nan, 0.0, -0.0, ZERO, -ZERO, np.nextafter(ZERO, 1.0), 5e-324, np.inf, -np.inf),
    *(-2.0, -1.0, -0.5, 0.5, 1.0, 2.5, 31.0, 32.0, 63.5, 64.0, 1e10, 1e300, -1e300),
    *(0.1, np.nextafter(0.1, 1.0), np.float64(np.float32(0.1))),
]


@st.composite
def forests(draw: st.DrawFn, n_features: int, classes: int) -> Trees:
    """``classes`` x 1..3 trees of up to 40 leaves, one in eight up to 400."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    most = 400 if draw(st.integers(0, 7)) == 0 else 40
    vectors = draw(st.booleans())
    n_trees = draw(st.integers(1, 3)) * (1 if vectors else classes)
    leaves = [draw(st.integers(1, most)) for _ in range(n_trees)]
    dialect = draw(st.sampled_from([LIGHTGBM, SINGLE, DOUBLE]))
    spread = draw(st.sampled_from(["few", "many"]))
    return random_trees(rng, leaves, n_features, classes if vectors else 1, dialect, spread)


def random_trees(
    rng: np.random.Generator,
    leaves: list[int],
    n_features: int,
    width: int,
    dialect: int,
    spread: str,
) -> Trees:
    """Trees of these sizes; thresholds are ``few`` hard values, or ``many`` of all magnitudes."""
    nodes = sum(leaves) - len(leaves)
    categorical_feature = rng.random(n_features) < 0.3
    feature = rng.integers(0, n_features, nodes)
    categorical = categorical_feature[feature]
    missing = [MISSING_NAN, MISSING_NONE, MISSING_ZERO] if dialect == LIGHTGBM else [MISSING_NAN]
    decision = rng.choice(missing, nodes) << 2 | DEFAULT_LEFT * rng.integers(0, 2, nodes)
    threshold = rng.choice(VALUES[1:], nodes)
    if spread == "many":
        threshold = rng.normal(size=nodes) * 10.0 ** rng.integers(-3, 4, nodes)
    if dialect == SINGLE:
        with np.errstate(over="ignore"):
            threshold = threshold.astype(np.float32).astype(np.float64)
    words = np.concatenate([[0], np.cumsum(rng.integers(0, 4, nodes) * categorical)])
    root, child = _shape(rng, leaves)
    leaf = rng.normal(size=(sum(leaves), width))
    return Trees(
        root=root,
        target=(np.arange(len(leaves)) % _classes(leaves, width)).astype(np.int32),
        feature=feature.astype(np.int32),
        threshold=np.where(categorical, 0.0, threshold),
        decision=(decision | IS_CATEGORICAL * categorical).astype(np.uint8),
        left=child[:, 0],
        right=child[:, 1],
        words=words.astype(np.int32),
        bitset=rng.integers(0, 2**32, words[-1]).astype(np.uint32),
        leaf=leaf.astype(np.float32).astype(np.float64) if dialect == SINGLE else leaf,
        dialect=dialect,
    )


def _classes(leaves: list[int], width: int) -> int:
    return 1 if width > 1 else max(k for k in (1, 2, 3) if len(leaves) % k == 0)


def _shape(
    rng: np.random.Generator, leaves: list[int]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Grow each tree by splitting a random leaf, as LightGBM does."""
    roots, children, node, leaf = [], [], 0, 0
    for n in leaves:
        tree: list[list[int]] = []
        places: list[tuple[int, int]] = []
        for new in range(n - 1):
            old = ~leaf
            if new:
                parent, side = places.pop(rng.integers(len(places)))
                old = tree[parent][side]
                tree[parent][side] = node + new
            tree.append([old, ~(leaf + new + 1)])
            places += [(new, 0), (new, 1)]
        roots.append(node if tree else ~leaf)
        children += tree
        node, leaf = node + n - 1, leaf + n
    return np.array(roots, np.int32), np.array(children, np.int32).reshape(-1, 2)


def matrices(
    trees: Trees, n_columns: int, max_rows: int = 150
) -> st.SearchStrategy[NDArray[np.float64]]:
    """Rows of hard values and of the trees' own thresholds, in any layout, float32 or float64."""
    own = trees.threshold[np.isfinite(trees.threshold)]
    near = [own, np.nextafter(own, np.inf), np.nextafter(own, -np.inf)]
    values = np.concatenate([VALUES, *near])

    def build(rows: int, seed: int, layout: str, dtype: str) -> NDArray[np.float64]:
        X = np.random.default_rng(seed).choice(values, (rows, n_columns))
        with np.errstate(over="ignore"):
            X = X.astype(dtype)
        if layout == "strided":
            wide = np.zeros((2 * rows, 3 * n_columns), dtype)
            wide[::2, ::3] = X
            return wide[::2, ::3]
        if layout == "read-only":
            X.flags.writeable = False
        if layout == "reversed":
            return np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1]
        return np.asarray(X, order="F" if layout == "F" else "C")

    return st.builds(
        build,
        st.integers(0, max_rows),
        st.integers(0, 2**32 - 1),
        st.sampled_from(["C", "F", "strided", "read-only", "reversed"]),
        st.sampled_from(["f4", "f8"]),
    )
