"""Random forests (the arrays, not the learner) and rows for them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernels.forest import CATEGORICAL, NAN_LEFT, ZERO, Forest

VALUES = [
    *(np.nan, 0.0, -0.0, ZERO, -ZERO, np.nextafter(ZERO, 1.0), 5e-324, np.inf, -np.inf),
    *(-2.0, -1.0, -0.5, 0.5, 1.0, 2.5, 31.0, 32.0, 63.5, 64.0, 1e10),
]


@st.composite
def forests(draw: st.DrawFn, n_used: int, classes: int) -> Forest:
    """A forest of ``classes`` x 1..3 trees of up to 9 leaves."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    trees = classes * draw(st.integers(1, 3))
    leaves = [draw(st.integers(1, 9)) for _ in range(trees)]
    slots = 2 * n_used
    nodes = sum(leaves) - trees
    kind = rng.choice([0, NAN_LEFT, CATEGORICAL, CATEGORICAL | NAN_LEFT], nodes)
    words = np.concatenate([[0], np.cumsum(rng.integers(0, 3, nodes) * (kind >= CATEGORICAL))])
    root, child = _shape(rng, leaves)
    return Forest(
        root=root,
        slot=rng.integers(0, slots, nodes).astype(np.uint32),
        threshold=rng.choice(VALUES[1:], nodes),
        kind=kind.astype(np.uint8),
        child=child,
        words=words.astype(np.int32),
        bitset=rng.integers(0, 2**32, words[-1]).astype(np.uint32),
        leaf=rng.normal(size=sum(leaves)),
        source=rng.integers(0, n_used, slots).astype(np.int32),
        zero_is_missing=rng.random(slots) < 0.5,
    )


def _shape(
    rng: np.random.Generator, leaves: list[int]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Grow each tree by splitting a random leaf, as LightGBM does."""
    roots, children, node, leaf = [], [], 0, 0
    for n in leaves:
        tree: list[list[int]] = []
        for new in range(n - 1):
            if new:
                parent, side = divmod(rng.choice(np.flatnonzero(np.ravel(tree) < 0)), 2)
                old = tree[parent][side]
                tree[parent][side] = node + new
            else:
                old = ~leaf
            tree.append([old, ~(leaf + new + 1)])
        roots.append(node if tree else ~leaf)
        children += tree
        node, leaf = node + n - 1, leaf + n
    return np.array(roots, np.int32), np.array(children, np.int32).ravel()


def matrices(n_columns: int, max_rows: int = 70) -> st.SearchStrategy[NDArray[np.float64]]:
    """Rows of hard values, C or Fortran order, float32 or float64, none to ``max_rows``."""

    def build(rows: int, seed: int, order: str, dtype: str) -> NDArray[np.float64]:
        X = np.random.default_rng(seed).choice(VALUES, (rows, n_columns))
        return np.asarray(X.astype(dtype), order=order)  # type: ignore[call-overload,no-any-return]

    return st.builds(
        build,
        st.integers(0, max_rows),
        st.integers(0, 2**32 - 1),
        st.sampled_from("CF"),
        st.sampled_from(["f4", "f8"]),
    )
