"""The trees of a model as plain arrays: what a reader of model files hands to the forest kernel.

Every model format is put into these terms, so what differs between LightGBM, XGBoost and treelite
is data here (``dialect``, ``decision``), and the kernel knows one kind of tree.

How a split decides:

* Numerical: ``x <= threshold`` goes left. A missing value goes where the node says
  (``DEFAULT_LEFT``). What is missing is the node's too: NaN (``MISSING_NAN``), NaN and 0
  (``MISSING_ZERO``), or nothing (``MISSING_NONE``: NaN is then read as 0).
* Categorical: the value is truncated towards zero, and goes left if that category is listed. What
  is not listed, negative or beyond the list goes right, NaN where the node says.

The dialect says how a value is read before that, and in what precision leaves are added.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ZERO = 1.0000000180025095e-35
"""LightGBM's ``kZeroThreshold``: the float32 nearest 1e-35, as a float64."""

IS_CATEGORICAL = 1
"""Bit of ``Trees.decision``."""
DEFAULT_LEFT = 2
"""Bit of ``Trees.decision``: what counts as missing goes left."""
MISSING_NONE, MISSING_ZERO, MISSING_NAN = 0, 1, 2
"""``Trees.decision >> 2``: what counts as missing at a numerical split; 0 only in LightGBM."""

LIGHTGBM = 0
"""``Trees.dialect``: a value with ``|x| <= ZERO`` is 0, -0.5 is category 0, sums are float64."""
SINGLE = 1
"""``Trees.dialect``: XGBoost, and treelite models of float32. A value is rounded to float32 first,
a negative one is no category, leaves are float32 and added in float32."""
DOUBLE = 2
"""``Trees.dialect``: treelite models of float64. A value is read as it is, a negative one is no
category, sums are float64."""


class Trees(NamedTuple):
    """All trees of a model, one after the other. A child below 0 is the leaf ``~child``.

    Per tree: ``root`` int32 (a node, or ``~leaf`` of a constant); ``target`` int32, the class that
    its leaves are added to. Per node: ``feature`` int32, ``threshold`` float64 (no NaN; 0 at a
    categorical split), ``decision`` uint8 (bits above; LightGBM's ``decision_type``), ``left`` and
    ``right`` int32, ``words`` int32 ``(nodes + 1,)``: node ``i`` lists the categories whose bits
    are set in ``bitset[words[i]:words[i + 1]]``, 32 to a word, lowest bit first. Shared:
    ``bitset`` uint32, ``leaf`` float64 ``(leaves, width)``: width 1, or one value per class, and
    then every ``target`` is 0. ``dialect`` is one of the constants above.

    Nodes and leaves of a tree lie together, the root first, trees in order; each node and leaf
    hangs below exactly one tree's root, once. The kernel trusts that: whoever makes ``Trees`` has
    checked it.
    """

    root: NDArray[np.int32]
    target: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    decision: NDArray[np.uint8]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    words: NDArray[np.int32]
    bitset: NDArray[np.uint32]
    leaf: NDArray[np.float64]
    dialect: int

    def used_features(self) -> NDArray[np.int32]:
        """The features that some split reads, ascending."""
        return np.unique(self.feature)

    def first_nodes(self) -> NDArray[np.int64]:
        """Where each tree's nodes begin, and the end of the last: int64 ``(trees + 1,)``."""
        first = np.append(self.root.astype(np.int64), self.feature.size)
        first[first < 0] = self.feature.size  # a constant begins where the next tree does
        return np.minimum.accumulate(first[::-1])[::-1]

    def first_leaves(self) -> NDArray[np.int64]:
        """Where each tree's leaves begin, and the end of the last: int64 ``(trees + 1,)``."""
        first = self.first_nodes()
        return first + np.arange(first.size)  # a tree has one leaf more than nodes
