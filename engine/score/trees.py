"""The trees of a model as flat arrays: what a reader of a model file hands to the kernels.

``Trees`` says what the file says. ``compile_forest`` says the same in the kernel's terms: which
values it has to gather for a row, and where a missing value goes at each node.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.forest import CATEGORICAL, NAN_LEFT, Forest

IS_CATEGORICAL = 1
"""Bit of ``Trees.decision``."""
DEFAULT_LEFT = 2
"""Bit of ``Trees.decision``: what counts as missing goes left."""
MISSING_ZERO, MISSING_NAN = 1, 2
"""``Trees.decision >> 2``: what counts as missing, besides 0 for nothing."""


class Trees(NamedTuple):
    """All trees of a model, one after the other. A child below 0 is the leaf ``~child``.

    Per tree: ``root`` int32. Per node: ``feature`` int32, ``threshold`` float64, ``decision`` uint8
    (LightGBM's ``decision_type``), ``left`` and ``right`` int32, ``words`` int32 ``(nodes + 1,)``:
    node ``i`` owns ``bitset[words[i]:words[i + 1]]``, the categories that go left. ``bitset``
    uint32, ``leaf`` float64.
    """

    root: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    decision: NDArray[np.uint8]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    words: NDArray[np.int32]
    bitset: NDArray[np.uint32]
    leaf: NDArray[np.float64]

    def used_features(self) -> NDArray[np.int32]:
        """The features that some split reads, ascending."""
        return np.unique(self.feature)


def compile_forest(trees: Trees) -> Forest:
    """The trees in the kernel's terms; ``source`` counts the used features, ascending."""
    categorical = (trees.decision & IS_CATEGORICAL) != 0
    missing = trees.decision >> 2
    zero_is_missing = ~categorical & (missing == MISSING_ZERO)
    # Where nothing counts as missing, LightGBM reads NaN as 0.
    nan_left = np.where(missing == 0, trees.threshold >= 0.0, (trees.decision & DEFAULT_LEFT) != 0)

    key = 2 * trees.feature.astype(np.int64) + zero_is_missing
    slots, slot = np.unique(key, return_inverse=True)
    source = np.searchsorted(trees.used_features(), slots // 2)
    return Forest(
        root=trees.root,
        slot=slot.astype(np.uint32),
        threshold=trees.threshold,
        kind=(NAN_LEFT * nan_left + CATEGORICAL * categorical).astype(np.uint8),
        child=np.stack([trees.left, trees.right], axis=1).ravel(),
        words=trees.words,
        bitset=trees.bitset,
        leaf=trees.leaf,
        source=source.astype(np.int32),
        zero_is_missing=slots % 2 == 1,
    )
