"""The trees of a LightGBM text model, checked before anything trusts them.

A model file is untrusted input: an edited number must end in a ``ModelError``, never in a crash or
an endless walk. So every array has the length its tree declares, every child and leaf hangs below
its root exactly once, features and bitsets are in range, leaves are finite.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.score.lightgbm_text import Fields, read_fields, read_integer, read_numbers
from engine.score.trees import IS_CATEGORICAL, Trees

_STATISTICS = {  # not used for prediction; a wrong one still says that the file is not as written
    "split_gain": (float, 0),
    "internal_value": (float, 0),
    "internal_weight": (float, 0),
    "internal_count": (int, 0),
    "leaf_weight": (float, 1),
    "leaf_count": (int, 1),
}
_NODE = ("split_feature", "threshold", "decision_type", "left_child", "right_child")
_LINEAR = {"leaf_const", "num_features", "leaf_features", "leaf_coeff"}
_KEYS = {
    *("num_leaves", "num_cat", "leaf_value", "cat_boundaries", "cat_threshold"),
    *("is_linear", "shrinkage"),
    *_NODE,
    *_STATISTICS,
    *_LINEAR,
}


class _Tree(NamedTuple):
    """One tree; children count from its own first node and leaf."""

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    decision: NDArray[np.uint8]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    n_words: NDArray[np.int32]
    bitset: NDArray[np.uint32]
    leaf: NDArray[np.float64]


def read_trees(blocks: list[list[str]], n_features: int) -> Trees:
    """The lines of all trees as flat arrays.

    Raises
    ------
    ModelError
        Naming the tree and the line that is wrong.
    """
    trees = [_read_tree(lines, n_features, f"tree {i}") for i, lines in enumerate(blocks)]
    nodes = _starts([tree.feature.size for tree in trees])
    leaves = _starts([tree.leaf.size for tree in trees])

    def shifted(child: NDArray[np.int32], i: int) -> NDArray[np.int32]:
        whole: NDArray[np.int64] = np.where(child >= 0, child + nodes[i], child - leaves[i])
        return whole.astype(np.int32)

    flat = Trees(
        root=np.where(np.diff(nodes) > 0, nodes[:-1], ~leaves[:-1]).astype(np.int32),
        feature=np.concatenate([tree.feature for tree in trees]),
        threshold=np.concatenate([tree.threshold for tree in trees]),
        decision=np.concatenate([tree.decision for tree in trees]),
        left=np.concatenate([shifted(tree.left, i) for i, tree in enumerate(trees)]),
        right=np.concatenate([shifted(tree.right, i) for i, tree in enumerate(trees)]),
        words=_starts(np.concatenate([tree.n_words for tree in trees])).astype(np.int32),
        bitset=np.concatenate([tree.bitset for tree in trees]),
        leaf=np.concatenate([tree.leaf for tree in trees]),
    )
    _check_reached(flat, nodes)
    return flat


def _starts(sizes: Any) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])


def _read_tree(lines: list[str], n_features: int, where: str) -> _Tree:
    fields = read_fields(lines, _KEYS, where)
    if fields.get("is_linear", "0") != "0" or _LINEAR & fields.keys():
        raise ModelError(
            f"{where} has linear models in its leaves (linear_tree), which are not supported; "
            "train with linear_tree=false"
        )
    n_leaves = read_integer(fields, "num_leaves", where, least=1)
    if n_leaves == 1:  # a constant; some versions write no lines for its nodes
        fields = dict.fromkeys(_NODE, "") | fields
    _check_statistics(fields, n_leaves, where)
    n = n_leaves - 1
    decision = _integers(fields, "decision_type", n, where, 0, 11)
    threshold = _floats(fields, "threshold", n, where)
    left, right = _children(fields, n_leaves, where)
    n_words, bitset = _categories(fields, (decision & IS_CATEGORICAL) != 0, threshold, where)
    leaf = _floats(fields, "leaf_value", n_leaves, where)
    if not np.isfinite(leaf).all():
        raise ModelError(f"{where}: a leaf value is not finite")
    return _Tree(
        feature=_integers(fields, "split_feature", n, where, 0, n_features - 1),
        threshold=threshold,
        decision=decision.astype(np.uint8),
        left=left,
        right=right,
        n_words=n_words,
        bitset=bitset,
        leaf=leaf,
    )


def _children(
    fields: Fields, n_leaves: int, where: str
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    n = n_leaves - 1
    left = _integers(fields, "left_child", n, where, -n_leaves, n - 1)
    right = _integers(fields, "right_child", n, where, -n_leaves, n - 1)
    every = np.concatenate([np.arange(-n_leaves, 0), np.arange(1, n)])  # but the root
    if n and not np.array_equal(np.sort(np.concatenate([left, right])), every):
        raise ModelError(f"{where}: a node or leaf hangs below two nodes, or below none")
    return left, right


def _check_statistics(fields: Fields, n_leaves: int, where: str) -> None:
    read_numbers(fields, "shrinkage", 1, where)
    for key, (kind, more) in _STATISTICS.items():
        if fields.get(key):  # absent in old versions, empty in a constant
            read_numbers(fields, key, n_leaves - 1 + more, where, kind)


def _floats(fields: Fields, key: str, count: int, where: str) -> NDArray[np.float64]:
    """May be infinite: LightGBM writes the threshold "inf" to part NaN from all numbers."""
    values = np.array(read_numbers(fields, key, count, where), np.float64)
    if np.isnan(values).any():
        raise ModelError(f"{where}: '{key}' has a value that is not a number")
    return values


def _integers(
    fields: Fields, key: str, count: int, where: str, least: int, most: int
) -> NDArray[np.int32]:
    values = read_numbers(fields, key, count, where, int)
    if count and not (least <= min(values) and max(values) <= most):
        raise ModelError(f"{where}: '{key}' has a value outside {least}..{most}")
    return np.array(values, np.int32)


def _categories(
    fields: Fields, categorical: NDArray[np.bool_], threshold: NDArray[np.float64], where: str
) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
    """Words per node and all words, node by node. ``threshold`` numbers the tree's bitsets."""
    n_sets = read_integer(fields, "num_cat", where)
    n_words = np.zeros(categorical.size, np.int32)
    if not (n_sets or categorical.any()):
        return n_words, np.zeros(0, np.uint32)
    bounds = read_numbers(fields, "cat_boundaries", n_sets + 1, where, int)
    total = len(fields.get("cat_threshold", "").split())
    if bounds[0] != 0 or bounds[-1] != total or bounds != sorted(bounds):
        raise ModelError(f"{where}: 'cat_boundaries' does not cut 'cat_threshold' into bitsets")
    words = read_numbers(fields, "cat_threshold", total, where, int)
    if not all(0 <= word < 2**32 for word in words):
        raise ModelError(f"{where}: 'cat_threshold' has a value outside 32 bits")
    which = threshold[categorical]
    if not np.array_equal(np.sort(which), np.arange(n_sets)):
        raise ModelError(f"{where}: its categorical splits do not own one bitset each")
    sets = [words[bounds[i] : bounds[i + 1]] for i in which.astype(int)]
    n_words[categorical] = [len(one) for one in sets]
    return n_words, np.array([word for one in sets for word in one], np.uint32)


def _check_reached(trees: Trees, nodes: NDArray[np.int64]) -> None:
    """Every node hangs below its root: with one parent each, what is not reached is a cycle."""
    reached = np.zeros(trees.feature.size, np.bool_)
    frontier = trees.root[trees.root >= 0]
    while frontier.size:
        reached[frontier] = True
        children = np.concatenate([trees.left[frontier], trees.right[frontier]])
        frontier = children[children >= 0]
    if not reached.all():
        tree = np.searchsorted(nodes, np.argmin(reached), side="right") - 1
        raise ModelError(f"tree {tree}: nodes hang below each other in a circle")
