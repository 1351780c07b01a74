"""A treelite model as plain arrays: its trees, and what its header says.

The arrays are views of memory that treelite owns; what leaves this module are copies. Treelite
checks little of what it reads, so sizes are checked before anything is indexed with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import treelite
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.score.readers.node_lists import Nodes, starts, to_trees
from kernels.trees import DOUBLE, SINGLE, Trees

_PER_NODE = ("cleft", "cright", "split_index", "threshold", "cmp", "node_type", "default_left")
_LEAF, _NUMERICAL, _CATEGORICAL = 0, 1, 2
_DIALECTS = {2: SINGLE, 3: DOUBLE}  # treelite's numbers of float32 and float64
_PLACE = re.compile(r"^\[[\d:]+\] \S+:\d+: ")
"""``[12:00:00] /project/src/x.cc:9: ``, before each of treelite's messages."""


class Header(NamedTuple):
    """What treelite knows of a model besides its trees.

    ``task``: 0 binary, 1 regression, 2 multi-class, 3 ranking, 4 isolation forest. ``targets``
    times ``num_class`` (the classes of a target) are the columns of a prediction; one of them is 1.
    ``base`` float64 ``(columns,)``. ``divisor``: the trees of a column, if they are averaged.
    """

    task: int
    features: int
    targets: int
    num_class: int
    base: NDArray[np.float64]
    divisor: int
    postprocessor: str
    sigmoid_alpha: float
    ratio_c: float


def loaded(load: Callable[[], Any]) -> Any:
    """What ``load`` gives, treelite's errors as ``ModelError``."""
    try:
        return load()
    except treelite.TreeliteError as exc:
        reason = _PLACE.sub("", str(exc)).partition("\n")[0]
        raise ModelError(f"treelite cannot read it: {reason}") from exc


def read_model(model: Any) -> tuple[Header, Trees]:
    """Header and trees of a ``treelite.Model``; whoever calls has checked no number of it.

    Raises
    ------
    ModelError
        Inconsistent, or of a shape that is not supported.
    """
    fields = model.get_header_accessor()
    dialect = _DIALECTS.get(_number(fields, "threshold_type"))
    if dialect is None or _number(fields, "leaf_output_type") != _number(fields, "threshold_type"):
        raise ModelError("its thresholds and leaves are not both float32 or both float64")
    targets, num_class = _shape(fields)
    base = np.array(fields.get_field("base_scores"), np.float64)
    if base.size != targets * num_class or not np.isfinite(base).all():
        raise ModelError(f"it has not {targets * num_class} finite base scores")
    column, width = _columns(fields, model.num_tree, targets, num_class)
    trees = to_trees(_nodes(model, width), column, dialect)
    header = Header(
        task=_number(fields, "task_type"),
        features=_number(fields, "num_feature"),
        targets=targets,
        num_class=num_class,
        base=base,
        divisor=_divisor(fields, column, width, targets * num_class),
        postprocessor=str(fields.get_field("postprocessor")),
        sigmoid_alpha=float(fields.get_field("sigmoid_alpha")[0]),
        ratio_c=float(fields.get_field("ratio_c")[0]),
    )
    return header, trees


def _number(fields: Any, name: str) -> int:
    return int(fields.get_field(name)[0])


def _shape(fields: Any) -> tuple[int, int]:
    """Targets, and classes of each."""
    targets = _number(fields, "num_target")
    classes = np.array(fields.get_field("num_class"), np.int64)
    if targets < 1 or classes.size != targets or (classes < 1).any():
        raise ModelError("its numbers of targets and classes do not fit each other")
    if targets > 1 and (classes > 1).any():
        raise ModelError(f"{targets} targets that have classes are not supported")
    return targets, int(classes[0])


def _columns(
    fields: Any, n_trees: int, targets: int, num_class: int
) -> tuple[NDArray[np.int32], int]:
    """The column that each tree is added to, and the values of a leaf: 1, or one per column."""
    target = np.array(fields.get_field("target_id"), np.int64)
    kind = np.array(fields.get_field("class_id"), np.int64)
    if n_trees < 1 or target.size != n_trees or kind.size != n_trees:
        raise ModelError("it has no trees, or does not say what each is for")
    width = int(np.prod(np.array(fields.get_field("leaf_vector_shape"), np.int64)))
    column = np.where(targets > 1, target, kind)  # the other is 0, or -1 for all there are
    other = np.where(targets > 1, kind, target)
    columns = targets * num_class
    least, most = (-1, -1) if width > 1 else (-1 if columns == 1 else 0, columns - 1)
    known = (least <= column) & (column <= most) & np.isin(other, (-1, 0))
    if width not in (1, columns) or not known.all():
        raise ModelError("its leaves and trees do not fit its targets and classes")
    return np.maximum(column, 0).astype(np.int32), width


def _divisor(fields: Any, column: NDArray[np.int32], width: int, columns: int) -> int:
    """What sums are divided by: the trees that each column has, or 1."""
    if not _number(fields, "average_tree_output"):
        return 1
    counts = np.bincount(column, minlength=columns) if width == 1 else np.array([column.size])
    if not (counts == counts[0]).all():
        raise ModelError("its trees are averaged, but its classes have different numbers of them")
    return int(counts[0])


def _nodes(model: Any, width: int) -> Nodes:
    trees = [model.get_tree_accessor(i) for i in range(model.num_tree)]
    size = np.array([tree.get_field("cleft").size for tree in trees], np.int64)
    node = {name: _end_to_end(trees, name, size) for name in _PER_NODE}
    kind, left = node["node_type"], node["cleft"].astype(np.int64)
    known = np.isin(kind, (_LEAF, _NUMERICAL, _CATEGORICAL)) & ((kind == _LEAF) == (left == -1))
    if not known.all():
        raise ModelError("a tree has a node that is neither a leaf nor a split")
    listed_right, first, last, listed = _categories(trees, size, kind == _CATEGORICAL)
    return Nodes(
        size=size,
        left=left,
        right=node["cright"].astype(np.int64),
        feature=node["split_index"],
        threshold=node["threshold"].astype(np.float64),
        operator=node["cmp"],
        categorical=kind == _CATEGORICAL,
        default_left=node["default_left"] != 0,
        listed_right=listed_right,
        first=first,
        last=last,
        leaf=_leaves(trees, size, left == -1, width).astype(np.float64),
        listed=listed,
    )


def _end_to_end(trees: list[Any], name: str, size: NDArray[np.int64]) -> NDArray[Any]:
    """A field of all trees, a value per node: a copy."""
    parts = [tree.get_field(name) for tree in trees]
    if [part.size for part in parts] != size.tolist():
        raise ModelError(f"a tree has '{name}' of another length than 'cleft'")
    return np.concatenate(parts)


def _categories(
    trees: list[Any], size: NDArray[np.int64], categorical: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """``listed_right``, ``first``, ``last`` and ``listed`` as in ``Nodes``."""
    none = np.zeros(categorical.size, np.int64)
    if not categorical.any():  # as of most models; a field of a tree costs 20 µs
        return none != 0, none, none, none[:0]
    parts = [tree.get_field("category_list") for tree in trees]
    begin = np.repeat(starts(np.array([part.size for part in parts]))[:-1], size)
    first, last = (
        _end_to_end(trees, name, size).astype(np.int64) + begin
        for name in ("category_list_begin", "category_list_end")
    )
    listed_right = _end_to_end(trees, "category_list_right_child", size) != 0
    return listed_right, first, last, np.concatenate(parts).astype(np.int64)


def _leaves(
    trees: list[Any], size: NDArray[np.int64], leaf: NDArray[np.bool_], width: int
) -> NDArray[Any]:
    """The values of the leaves ``(nodes, width)``; other nodes hold anything."""
    parts = [tree.get_field("leaf_vector") for tree in trees]
    values = np.concatenate(parts)
    if width == 1 and not values.size:
        return _end_to_end(trees, "leaf_value", size)[:, None]
    begin = np.repeat(starts(np.array([part.size for part in parts]))[:-1], size)
    first, last = (
        _end_to_end(trees, name, size).astype(np.int64) + begin
        for name in ("leaf_vector_begin", "leaf_vector_end")
    )
    if (leaf & ((last - first != width) | (first < 0) | (last > values.size))).any():
        raise ModelError(f"a tree has a leaf that has not {width} values")
    at = np.where(leaf, first, 0)[:, None] + np.arange(width)
    return values[np.minimum(at, values.size - 1)]
