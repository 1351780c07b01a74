"""Small parts of models, made by hand: what the tests of validation and of compiled files share."""

from __future__ import annotations

import numpy as np

from engine.score.parts import Parts
from kernels.transforms import SIGMOID, plain_sums
from kernels.trees import DOUBLE, LIGHTGBM, SINGLE, Trees

CLASSES = 2


def small_trees(dialect: int = LIGHTGBM) -> Trees:
    """Four trees of two classes: three nodes (one of them categorical), a constant, one node, and
    a chain of three nodes whose numbers do not ascend."""
    return Trees(
        root=np.array([0, ~4, 3, 4], np.int32),
        target=np.array([0, 1, 0, 1], np.int32),
        feature=np.array([0, 2, 1, 1, 0, 1, 0], np.int32),
        threshold=np.array([0.5, 0.0, -np.inf, 2.0**-120, 2.0, 0.0, np.inf]),
        decision=np.array([8, 1, 10, 2, 8, 0, 10], np.uint8),
        left=np.array([1, ~0, ~2, ~5, 6, ~7, 5], np.int32),
        right=np.array([2, ~1, ~3, ~6, ~8, ~9, ~10], np.int32),
        words=np.array([0, 0, 2, 2, 2, 2, 2, 2], np.int32),
        bitset=np.array([5, 2**31], np.uint32),
        leaf=np.arange(11.0)[:, np.newaxis],
        dialect=dialect,
    )


def small_parts(dialect: int = LIGHTGBM) -> Parts:
    """``small_trees`` with three features and a sigmoid."""
    plain = plain_sums(CLASSES)
    return Parts(
        trees=small_trees(dialect),
        feature_names=("balance", "alter, in Jahren", "größe"),
        classes=CLASSES,
        raw=plain,
        output=plain._replace(transform=SIGMOID, sigmoid=0.1 + 0.2, divisor=2),
        is_probability=True,
    )


def wide_trees() -> Trees:
    """The same with a value per class in each leaf, in single precision."""
    trees = small_trees(SINGLE)
    leaf = np.stack([trees.leaf[:, 0], 0.5 - trees.leaf[:, 0]], axis=1)
    return trees._replace(leaf=leaf, target=np.zeros(4, np.int32), dialect=DOUBLE)
