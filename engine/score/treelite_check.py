"""Treelite reads the same file and must find the same trees.

Treelite is the front end for models, but it drops what LightGBM's text says about missing values,
and an edited file can crash it. So the text is read and checked first, here nothing new is learned:
two independent readers agree on structure, features, thresholds, categories and leaves.
"""

from __future__ import annotations

import re
import tempfile
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.score.trees import IS_CATEGORICAL, Trees

_FIELDS = (
    *("cleft", "cright", "split_index", "threshold", "leaf_value"),
    *("category_list", "category_list_begin", "category_list_end", "category_list_right_child"),
)


_STATISTICS = re.compile(rb"^(split_gain|leaf_weight|leaf_count|internal_\w+)=.*\n", re.MULTILINE)
"""Not needed, and treelite refuses a gain of 1e-40, which LightGBM writes when little is left."""


class _Nodes(NamedTuple):
    """Treelite's nodes of all trees; a leaf is a node whose children are -1."""

    root: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    leaf: NDArray[np.float64]
    categories: NDArray[np.uint32]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def check_with_treelite(data: bytes, trees: Trees) -> None:
    """Raise ModelError where treelite refuses ``data`` or reads other trees than ``trees``.

    ``data`` must have been checked: treelite follows wrong indices.
    """
    nodes = _load(data)
    if nodes.root.size != trees.root.size:
        _disagree(f"{nodes.root.size} trees instead of {trees.root.size}")
    ours, theirs = trees.root.astype(np.int64), nodes.root
    while ours.size:
        split = ours >= 0
        if not np.array_equal(split, nodes.left[theirs] >= 0):
            _disagree("other leaves")
        if not np.array_equal(trees.leaf[~ours[~split]], nodes.leaf[theirs[~split]]):
            _disagree("other leaf values")
        ours, theirs = ours[split], theirs[split]
        _check_splits(trees, ours, nodes, theirs)
        ours = np.concatenate([trees.left[ours], trees.right[ours]]).astype(np.int64)
        theirs = np.concatenate([nodes.left[theirs], nodes.right[theirs]])


def _check_splits(
    trees: Trees, ours: NDArray[np.int64], nodes: _Nodes, theirs: NDArray[np.int64]
) -> None:
    if not np.array_equal(trees.feature[ours], nodes.feature[theirs]):
        _disagree("other split features")
    categorical = (trees.decision[ours] & IS_CATEGORICAL) != 0
    if not np.array_equal(
        trees.threshold[ours[~categorical]], nodes.threshold[theirs[~categorical]]
    ):
        _disagree("other thresholds")
    for a, b in zip(ours[categorical], theirs[categorical], strict=True):
        words = trees.bitset[trees.words[a] : trees.words[a + 1]]
        listed = np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little"))
        if not np.array_equal(listed, nodes.categories[nodes.first[b] : nodes.last[b]]):
            _disagree("other categories")


def _load(data: bytes) -> _Nodes:
    import treelite  # 0.2 s, which a command that loads no model should not pay

    with tempfile.NamedTemporaryFile(suffix=".txt") as file:  # treelite reads files only
        file.write(_STATISTICS.sub(b"", data))
        file.flush()
        try:
            model = treelite.frontend.load_lightgbm_model(file.name)
        except treelite.TreeliteError as exc:
            raise ModelError(f"treelite cannot read it: {exc}") from exc
    accessors = [model.get_tree_accessor(i) for i in range(model.num_tree)]
    return _joined([{name: tree.get_field(name) for name in _FIELDS} for tree in accessors])


def _joined(trees: list[dict[str, Any]]) -> _Nodes:
    if any(tree["category_list_right_child"].any() for tree in trees):
        _disagree("categories that go right")
    start = np.cumsum([0, *(tree["cleft"].size for tree in trees)])
    listed = np.cumsum([0, *(tree["category_list"].size for tree in trees)])

    def join(name: str, shift: NDArray[Any] | None = None) -> NDArray[Any]:
        parts = [tree[name] for tree in trees]
        if shift is not None:
            parts = [
                np.where(part.astype(np.int64) < 0, -1, part.astype(np.int64) + shift[i])
                for i, part in enumerate(parts)
            ]
        return np.concatenate(parts)

    return _Nodes(
        root=start[:-1],
        left=join("cleft", start),
        right=join("cright", start),
        feature=join("split_index"),
        threshold=join("threshold"),
        leaf=join("leaf_value"),
        categories=join("category_list"),
        first=join("category_list_begin", listed),
        last=join("category_list_end", listed),
    )


def _disagree(what: str) -> None:
    raise ModelError(f"treelite reads {what} in it: the file is edited, or of an unknown version")
