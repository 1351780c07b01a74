"""Whether arrays make trees: the kernel follows them without looking.

Whoever wrote the file and whatever process read it, nothing is walked before this has passed. All
checks are of whole arrays; a chain of nodes takes no longer than a balanced tree, because owners
are found by doubling steps and not level by level.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from kernels.trees import DOUBLE, IS_CATEGORICAL, LIGHTGBM, MISSING_NAN, MISSING_ZERO, SINGLE, Trees

_PER_TREE = {"root": "int32", "target": "int32"}
_PER_NODE = {
    "feature": "int32",
    "threshold": "float64",
    "decision": "uint8",
    "left": "int32",
    "right": "int32",
}
_MOST_DECISION = MISSING_NAN << 2 | 3


class _Owners(NamedTuple):
    """The tree of each node and of each leaf, int64."""

    node: NDArray[np.int64]
    leaf: NDArray[np.int64]


def validate_trees(trees: Trees, n_features: int, classes: int) -> None:
    """Raise ModelError, naming the tree and the field, unless all that ``Trees`` says holds."""
    _check_arrays(trees)
    for name in ("root", "left", "right"):
        _check_links(trees, name)
    owners = _owners(trees)
    for owner in owners:
        if (np.diff(owner) < 0).any():
            tree = owner[np.argmax(np.diff(owner) < 0)]
            raise ModelError(f"tree {tree}: its nodes or leaves lie among those of another tree")
    _check_roots(trees, owners.node)
    _check_splits(trees, owners.node, n_features)
    _check_leaves(trees, owners.leaf, classes)
    _check_targets(trees, classes)


def _check_arrays(trees: Trees) -> None:
    """Dtypes and lengths, so that all that follows may index."""
    n_trees, n_nodes = len(trees.root), len(trees.feature)
    if not n_trees:
        raise ModelError("there are no trees in it")
    if trees.dialect not in (LIGHTGBM, SINGLE, DOUBLE):
        raise ModelError(f"dialect {trees.dialect} of its trees is not known")
    wanted = {name: (dtype, n_trees) for name, dtype in _PER_TREE.items()}
    wanted |= {name: (dtype, n_nodes) for name, dtype in _PER_NODE.items()}
    wanted |= {"words": ("int32", n_nodes + 1), "bitset": ("uint32", len(trees.bitset))}
    for name, (dtype, length) in wanted.items():
        array = getattr(trees, name)
        if array.dtype != dtype or array.shape != (length,):
            raise ModelError(
                f"trees: '{name}' is {array.dtype} {array.shape} instead of {dtype} ({length},)"
            )
    if trees.leaf.dtype != np.float64 or trees.leaf.ndim != 2:
        raise ModelError(
            f"trees: 'leaf' is {trees.leaf.ndim}-D {trees.leaf.dtype}, not 2-D float64"
        )


def _check_links(trees: Trees, name: str) -> None:
    """Every root and child is a node or a leaf."""
    links, n_nodes, n_leaves = getattr(trees, name), len(trees.feature), len(trees.leaf)
    bad = (links < -n_leaves) | (links >= n_nodes)
    if bad.any():
        place = int(np.argmax(bad))
        tree = place if name == "root" else _tree_near(trees, place)
        raise ModelError(f"tree {tree}: '{name}' is outside {-n_leaves}..{n_nodes - 1}")


def _tree_near(trees: Trees, node: int) -> int:
    """The tree whose root comes last before ``node``, for a message: owners are not known yet."""
    before = np.flatnonzero((trees.root >= 0) & (trees.root <= node))
    return int(before[-1]) if before.size else 0


def _check_once(trees: Trees) -> None:
    """Every node and leaf is linked to once. First what is twice: such a link has a tree."""
    links = np.concatenate([trees.root, trees.left, trees.right])
    numbers = np.where(links < 0, ~links, links)
    kinds = (("node", links >= 0, len(trees.feature)), ("leaf", links < 0, len(trees.leaf)))
    for kind, mine, _ in kinds:
        twice = mine & (np.bincount(numbers[mine], minlength=numbers.max() + 1)[numbers] > 1)
        if twice.any():
            place = int(np.argmax(twice))
            node = (place - len(trees.root)) % max(len(trees.feature), 1)
            tree = place if place < len(trees.root) else _tree_near(trees, node)
            raise ModelError(f"tree {tree}: a {kind} hangs below two nodes")
    for kind, mine, of in kinds:
        lost = of - np.count_nonzero(mine)
        if lost:
            raise ModelError(f"trees: {lost} of {of} {kind} numbers hang below no root")


def _owners(trees: Trees) -> _Owners:
    """Each node and each leaf hangs below one tree, once."""
    _check_once(trees)
    above = np.empty(len(trees.feature), np.int64)
    for child in (trees.left, trees.right):
        above[child[child >= 0]] = np.flatnonzero(child >= 0)
    grown = trees.root >= 0
    above[trees.root[grown]] = trees.root[grown]
    top = _tops(trees, above)
    tree_at = np.zeros(len(trees.feature), np.int64)
    tree_at[trees.root[grown]] = np.flatnonzero(grown)
    of_node = tree_at[top]
    of_leaf = np.empty(len(trees.leaf), np.int64)
    of_leaf[~trees.root[~grown]] = np.flatnonzero(~grown)
    for child in (trees.left, trees.right):
        of_leaf[~child[child < 0]] = of_node[child < 0]
    return _Owners(of_node, of_leaf)


def _tops(trees: Trees, above: NDArray[np.int64]) -> NDArray[np.int64]:
    """The root over each node; every round doubles the steps taken, roots stay."""
    is_root = np.zeros(above.size, np.bool_)
    is_root[trees.root[trees.root >= 0]] = True
    for _ in range(above.size.bit_length() + 1):
        if is_root[above].all():
            return above
        above = above[above]
    tree = _tree_near(trees, int(np.argmin(is_root[above])))
    raise ModelError(f"tree {tree}: nodes hang below each other in a circle")


def _check_roots(trees: Trees, owner: NDArray[np.int64]) -> None:
    """The root comes first: the kernel finds a tree's nodes by it."""
    grown = np.flatnonzero(trees.root >= 0)
    late = trees.root[grown] != np.searchsorted(owner, grown)
    _refuse(late, grown, "'root' is not its first node")


def _refuse(bad: NDArray[np.bool_], owner: NDArray[np.int64], what: str) -> None:
    if bad.any():
        raise ModelError(f"tree {owner[np.argmax(bad)]}: {what}")


def _check_splits(trees: Trees, owner: NDArray[np.int64], n_features: int) -> None:
    feature, threshold, decision = trees.feature, trees.threshold, trees.decision
    out = (feature < 0) | (feature >= n_features)
    _refuse(out, owner, f"'feature' is outside 0..{n_features - 1}")
    _refuse(np.isnan(threshold), owner, "'threshold' is not a number")
    _refuse(decision > _MOST_DECISION, owner, f"'decision' is above {_MOST_DECISION}")
    categorical = (decision & IS_CATEGORICAL) != 0
    _refuse(categorical & (threshold != 0.0), owner, "'threshold' of a categorical split is not 0")
    lengths = np.diff(trees.words.astype(np.int64))
    _refuse(lengths < 0, owner, "'words' goes back")
    _refuse(~categorical & (lengths > 0), owner, "'words' gives categories to a numerical split")
    if trees.words[0] != 0 or trees.words[-1] != trees.bitset.size:
        raise ModelError("trees: 'words' does not cut 'bitset' into the categories of the splits")
    if trees.dialect != LIGHTGBM:
        zero = ~categorical & (decision >> 2 == MISSING_ZERO)
        _refuse(zero, owner, "'decision' makes 0 missing, as only LightGBM does")
    if trees.dialect == SINGLE:
        _refuse(_not_single(threshold), owner, "'threshold' is not a float32")


def _not_single(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    with np.errstate(over="ignore"):
        bad: NDArray[np.bool_] = values.astype(np.float32) != values
    return bad


def _check_leaves(trees: Trees, owner: NDArray[np.int64], classes: int) -> None:
    width = trees.leaf.shape[1]
    if width not in (1, classes) or (width > 1 and trees.dialect == LIGHTGBM):
        raise ModelError(f"trees: 'leaf' has {width} values per leaf for {classes} classes")
    leaf, owner = trees.leaf.ravel(), np.repeat(owner, width)
    _refuse(~np.isfinite(leaf), owner, "a leaf value is not finite")
    if trees.dialect == SINGLE:
        _refuse(_not_single(leaf), owner, "a leaf value is not a float32")


def _check_targets(trees: Trees, classes: int) -> None:
    """The classes alternate in LightGBM; a leaf with a value per class has no target."""
    target, every = trees.target, np.arange(trees.target.size)
    bad = (target < 0) | (target >= classes)
    _refuse(bad, every, f"'target' is outside 0..{classes - 1}")
    if trees.leaf.shape[1] > 1:
        _refuse(target != 0, every, "'target' must be 0 where a leaf has a value per class")
    if trees.dialect == LIGHTGBM:
        _refuse(target != every % classes, every, "'target': the classes do not alternate")
        if target.size % classes:
            raise ModelError(f"{target.size} trees do not divide into {classes} classes")
