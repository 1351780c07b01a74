"""The trees of an XGBoost document, from its own arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.score.readers.node_lists import LESS, Nodes, starts, to_trees
from engine.score.readers.xgboost_arrays import (
    floats,
    integers,
    joined_floats,
    joined_integers,
    lengths,
)
from engine.score.readers.xgboost_document import Document
from kernels.trees import SINGLE, Trees

_NODE = ("left_children", "right_children", "split_indices", "default_left", "split_type")
_LISTS = ("categories_nodes", "categories_segments", "categories_sizes", "categories")


def document_trees(document: Document) -> Trees:
    """The trees, structure checked, features and leaves not.

    XGBoost sends ``x < threshold`` and the categories that a node does not list to the left. The
    leaves of a dart model are multiplied by the tree's weight in float32, as ``Booster.predict``
    does (``inplace_predict`` takes the base score off and adds it again, and differs).

    Raises
    ------
    ModelError
        Naming the tree and the array that is wrong.
    """
    width = _width(document.trees)
    target = integers(document.tree_info, "tree_info")
    if target.size != len(document.trees):
        raise ModelError(f"'tree_info' is of {target.size} trees, not of {len(document.trees)}")
    nodes = _nodes([_complete(tree) for tree in document.trees], width)
    if document.weights is not None:
        weights = floats(document.weights, "weight_drop").astype(np.float32)
        if weights.size != target.size:
            raise ModelError(f"'weight_drop' is of {weights.size} trees, not of {target.size}")
        leaf = nodes.leaf.astype(np.float32) * np.repeat(weights, nodes.size)[:, None]
        nodes = nodes._replace(leaf=leaf.astype(np.float64))
    return to_trees(nodes, target.astype(np.int32), SINGLE)


def _width(trees: list[Any]) -> int:
    """Values of a leaf, the same in all trees; old versions write 0 for 1."""
    if not trees or not all(isinstance(tree, dict) for tree in trees):
        raise ModelError("it has no trees")
    params = [tree.get("tree_param") for tree in trees]
    found = {p.get("size_leaf_vector", "1") if isinstance(p, dict) else None for p in params}
    text = found.pop()
    if found or not isinstance(text, str) or not text.isdecimal() or len(text) > 6:
        raise ModelError("its trees do not all say the same of the width of their leaves")
    return max(int(text), 1)


def _complete(tree: dict[str, Any]) -> dict[str, Any]:
    """Old versions of XGBoost knew no categories."""
    if "split_type" in tree:
        return tree
    none = [0] * len(tree.get("left_children", ()))
    return tree | {"split_type": none} | {key: [] for key in _LISTS}


def _nodes(trees: list[dict[str, Any]], width: int) -> Nodes:
    size = lengths(trees, "left_children")
    left, right, feature, default_left, kind = (joined_integers(trees, key, size) for key in _NODE)
    for key, values in (("default_left", default_left), ("split_type", kind)):
        if not np.isin(values, (0, 1)).all():
            raise ModelError(f"'{key}' has a value that is neither 0 nor 1")
    threshold = joined_floats(trees, "split_conditions", size)
    first, last, listed = _categories(trees, size, (kind == 1) & (left != -1))
    return Nodes(
        size=size,
        left=left,
        right=right,
        feature=feature.astype(np.int32),
        threshold=threshold,
        operator=np.full(left.size, LESS, np.int8),
        categorical=kind == 1,
        default_left=default_left == 1,
        listed_right=np.ones(left.size, np.bool_),
        first=first,
        last=last,
        leaf=threshold[:, None] if width == 1 else _wide(trees, size, left, right, width),
        listed=listed,
    )


def _wide(
    trees: list[dict[str, Any]],
    size: NDArray[np.int64],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    width: int,
) -> NDArray[np.float64]:
    """Leaves with a value per column; ``right_children`` numbers them, tree by tree."""
    if any("leaf_weights" not in tree for tree in trees):
        raise ModelError(
            "its wide leaves are written as XGBoost 3.0 and before did, and 3.2 reads them no more"
            "; train it with a newer version"
        )
    leaves = lengths(trees, "leaf_weights") // width
    values = joined_floats(trees, "leaf_weights", leaves * width).reshape(-1, width)
    is_leaf = left == -1
    if (is_leaf & ((right < 0) | (right >= np.repeat(leaves, size)))).any():
        raise ModelError("a leaf has no values in 'leaf_weights'")
    begin = np.repeat(starts(leaves)[:-1], size)
    return values[np.where(is_leaf, right + begin, 0)]


def _categories(
    trees: list[dict[str, Any]], size: NDArray[np.int64], needed: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Per node, which of the listed categories it lists, and those. ``needed``: it must."""
    count = lengths(trees, "categories_nodes")
    node, segment, n_listed = (joined_integers(trees, key, count) for key in _LISTS[:3])
    tree = np.repeat(np.arange(len(trees)), count)
    begin, listed_begin = starts(size), starts(lengths(trees, "categories"))
    if ((node < 0) | (node >= size[tree])).any():
        raise ModelError("'categories_nodes' names a node that is not there")
    node = node + begin[tree]
    found = np.zeros(needed.size, np.bool_)
    found[node] = True
    if found.sum() != node.size or (needed & ~found).any():
        raise ModelError("'categories_nodes' does not name each categorical split once")
    if ((segment < 0) | (segment + n_listed > lengths(trees, "categories")[tree])).any():
        raise ModelError("'categories_segments' goes beyond 'categories'")
    first, last = np.zeros(needed.size, np.int64), np.zeros(needed.size, np.int64)
    first[node] = segment + listed_begin[tree]
    last[node] = first[node] + n_listed
    return first, last, joined_integers(trees, "categories", np.diff(listed_begin))
