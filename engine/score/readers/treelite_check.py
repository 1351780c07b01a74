"""Treelite reads the same file and must find the same trees.

Treelite is the front end for models, but it drops what LightGBM's text says about missing values,
and an edited file can crash it. So the text is read and checked first, here nothing new is learned:
two independent readers agree on structure, features, thresholds, categories and leaves.
"""

from __future__ import annotations

import ctypes
import re
from typing import Any, NamedTuple

import numpy as np
import treelite
from numpy.typing import NDArray

from engine.errors import ModelError
from kernels.trees import IS_CATEGORICAL, Trees

_STATISTICS = re.compile(rb"^(split_gain|leaf_weight|leaf_count|internal_\w+)=.*\n", re.MULTILINE)
"""Not needed, and treelite refuses a gain of 1e-40, which LightGBM writes when little is left."""


class _Nodes(NamedTuple):
    """Treelite's nodes of all trees; a leaf is a node whose children are negative. ``lists``: the
    categories that go left at each node, None if they were not asked for."""

    root: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    leaf: NDArray[np.float64]
    lists: list[NDArray[np.uint32]] | None


def check_with_treelite(data: bytes, trees: Trees) -> None:
    """Raise ModelError where treelite refuses ``data`` or reads other trees than ``trees``.

    ``trees`` must have been checked, and so ``data``: treelite follows wrong indices.
    """
    nodes = _load(data, categorical=bool((trees.decision & IS_CATEGORICAL).any()))
    if nodes.root.size != trees.root.size:
        _disagree(f"{nodes.root.size} trees instead of {trees.root.size}")
    ours, theirs = trees.root.astype(np.int64), nodes.root
    while ours.size:
        split = ours >= 0
        if not np.array_equal(split, nodes.left[theirs] >= 0):
            _disagree("other leaves")
        if not np.array_equal(trees.leaf[~ours[~split], 0], nodes.leaf[theirs[~split]]):
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
        if nodes.lists is None or not np.array_equal(listed, nodes.lists[b]):
            _disagree("other categories")


def _load(data: bytes, *, categorical: bool) -> _Nodes:
    """A field costs 7 microseconds a tree, so categories are asked for only if there are any."""
    model = treelite.Model(handle=_parsed(_STATISTICS.sub(b"", data)))
    trees = [model.get_tree_accessor(i) for i in range(model.num_tree)]

    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([tree.get_field(name) for tree in trees])

    sizes = [tree.get_field("cleft").size for tree in trees]
    start = np.concatenate([[0], np.cumsum(sizes)])
    shift = np.repeat(start[:-1], sizes)
    left, right = (joined(name).astype(np.int64) for name in ("cleft", "cright"))
    return _Nodes(
        root=start[:-1],
        left=np.where(left < 0, -1, left + shift),
        right=np.where(right < 0, -1, right + shift),
        feature=joined("split_index"),
        threshold=joined("threshold"),
        leaf=joined("leaf_value"),
        lists=[part for tree in trees for part in _lists(tree)] if categorical else None,
    )


def _lists(tree: Any) -> list[NDArray[np.uint32]]:
    if tree.get_field("category_list_right_child").any():
        _disagree("categories that go right")
    listed = tree.get_field("category_list").copy()  # else a view of what the model owns
    first, last = (tree.get_field(f"category_list_{end}") for end in ("begin", "end"))
    return [listed[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)]


def _parsed(text: bytes) -> ctypes.c_void_p:
    """Treelite's Python reads LightGBM text from files only, and a worker that is killed while it
    parses would leave its temporary files behind; its library takes a string."""
    handle = ctypes.c_void_p()
    parse = treelite.core._LIB.TreeliteLoadLightGBMModelFromString
    try:
        treelite.core._check_call(parse(ctypes.c_char_p(text), b"{}", ctypes.byref(handle)))
    except treelite.TreeliteError as exc:
        raise ModelError(f"treelite cannot read it: {exc}") from exc
    return handle


def _disagree(what: str) -> None:
    raise ModelError(f"treelite reads {what} in it: the file is edited, or of an unknown version")
