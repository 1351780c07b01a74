"""The trees of a LightGBM text model: lines to flat arrays.

Every line must have as many numbers as its tree declares, in the range they can have;
``engine.score.validate_trees`` says whether they make trees.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.score.readers.lightgbm_categories import read_categories
from engine.score.readers.lightgbm_columns import check_floats, floats, integers
from engine.score.readers.lightgbm_text import Fields, read_fields, read_integer
from kernels.trees import DEFAULT_LEFT, IS_CATEGORICAL, LIGHTGBM, Trees

_PER_NODE = ("split_gain", "internal_value", "internal_weight", "internal_count")
_PER_LEAF = ("leaf_weight", "leaf_count")
"""Statistics, not used for prediction: a wrong length still says that the file is not as written.
They are not converted, which would be half the time of reading a file."""
_LINEAR = {"leaf_const", "num_features", "leaf_features", "leaf_coeff"}
_KEYS = {
    *("num_leaves", "num_cat", "leaf_value", "cat_boundaries", "cat_threshold"),
    *("split_feature", "threshold", "decision_type", "left_child", "right_child"),
    *("is_linear", "shrinkage"),
    *_PER_NODE,
    *_PER_LEAF,
    *_LINEAR,
}


def read_trees(blocks: list[list[str]], classes: int, n_features: int) -> Trees:
    """The lines of all trees as flat arrays; the trees of the classes alternate.

    Raises
    ------
    ModelError
        Naming the tree and the line that is wrong.
    """
    fields = [read_fields(lines, _KEYS, f"tree {i}") for i, lines in enumerate(blocks)]
    _refuse_linear(fields)
    leaves = [
        read_integer(tree, "num_leaves", f"tree {i}", least=1) for i, tree in enumerate(fields)
    ]
    nodes = [n - 1 for n in leaves]
    leaf = floats(fields, "leaf_value", leaves)
    _check_statistics(fields, nodes, leaves)

    owner = np.repeat(np.arange(len(nodes)), nodes)
    decision = _within(integers(fields, "decision_type", nodes), 0, 11, "decision_type", owner)
    threshold = floats(fields, "threshold", nodes)
    _refuse(np.isnan(threshold), owner, "'threshold' has a value that is not a number")
    _refuse(~np.isfinite(leaf), np.repeat(np.arange(len(leaves)), leaves), _NOT_FINITE)
    categorical = (decision & IS_CATEGORICAL) != 0
    words, bitset = read_categories(fields, nodes, categorical, threshold)
    feature = integers(fields, "split_feature", nodes)
    return Trees(
        root=_roots(nodes),
        target=(np.arange(len(nodes)) % classes).astype(np.int32),
        feature=_within(feature, 0, n_features - 1, "split_feature", owner).astype(np.int32),
        threshold=np.where(categorical, 0.0, threshold),
        # LightGBM sends NaN right at a categorical split, whatever this bit says.
        decision=np.where(categorical, decision & ~DEFAULT_LEFT, decision).astype(np.uint8),
        left=_children(fields, "left_child", nodes, owner),
        right=_children(fields, "right_child", nodes, owner),
        words=words,
        bitset=bitset,
        leaf=leaf[:, np.newaxis],
        dialect=LIGHTGBM,
    )


_NOT_FINITE = "a leaf value is not finite"


def _refuse_linear(fields: Sequence[Fields]) -> None:
    for i, tree in enumerate(fields):
        if tree.get("is_linear", "0") != "0" or _LINEAR & tree.keys():
            raise ModelError(
                f"tree {i} has linear models in its leaves (linear_tree), which are not "
                "supported; train with linear_tree=false"
            )


def _check_statistics(fields: Sequence[Fields], nodes: list[int], leaves: list[int]) -> None:
    floats(fields, "shrinkage", [1] * len(fields))
    for keys, counts in ((_PER_NODE, nodes), (_PER_LEAF, leaves)):
        for key in keys:
            check_floats(fields, key, counts)


def _roots(nodes: list[int]) -> NDArray[np.int32]:
    """The first node of each tree, or ``~`` its leaf."""
    first = np.concatenate([[0], np.cumsum(nodes, dtype=np.int64)])
    each = np.arange(len(nodes))
    return np.where(np.diff(first) > 0, first[:-1], ~(first[:-1] + each)).astype(np.int32)


def _children(
    fields: Sequence[Fields], key: str, nodes: list[int], owner: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Counted over all trees; in the file a tree counts from its own first node and leaf."""
    mine = np.array(nodes, np.int64)[owner]
    child = _within(integers(fields, key, nodes), -mine - 1, mine - 1, key, owner)
    first = (np.cumsum(nodes, dtype=np.int64) - nodes)[owner]  # a tree has a leaf more than nodes
    return np.where(child >= 0, child + first, child - first - owner).astype(np.int32)


def _within(
    values: NDArray[np.int64],
    least: int | NDArray[np.int64],
    most: int | NDArray[np.int64],
    key: str,
    owner: NDArray[np.int64],
) -> NDArray[np.int64]:
    bad = (values < least) | (values > most)
    if bad.any():
        at = np.argmax(bad)
        least, most = (np.broadcast_to(bound, bad.shape)[at] for bound in (least, most))
        raise ModelError(f"tree {owner[at]}: '{key}' has a value outside {least}..{most}")
    return values


def _refuse(bad: NDArray[np.bool_], owner: NDArray[np.int64], what: str) -> None:
    if bad.any():
        raise ModelError(f"tree {owner[np.argmax(bad)]}: {what}")
