"""The bitsets of a LightGBM text model: which categories go left at which split."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.score.readers.lightgbm_columns import integers
from engine.score.readers.lightgbm_text import Fields, read_numbers


def read_categories(
    trees: Sequence[Fields],
    nodes: Sequence[int],
    categorical: NDArray[np.bool_],
    threshold: NDArray[np.float64],
) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
    """``words`` and ``bitset`` as in ``kernels.trees.Trees``.

    ``nodes`` per tree, ``categorical`` and ``threshold`` per node: at a categorical split, the
    threshold is the number of its bitset in the tree.

    Raises
    ------
    ModelError
        Naming the tree and the line that is wrong.
    """
    n_sets = integers(trees, "num_cat", [1] * len(trees))
    n_words = np.zeros(categorical.size, np.int64)
    words: list[int] = []
    start = 0
    for i, count in enumerate(nodes):
        mine = slice(start, start + count)
        start += count
        if n_sets[i] or categorical[mine].any():
            sets = _read_sets(trees[i], int(n_sets[i]), f"tree {i}")
            which = threshold[mine][categorical[mine]]
            if not np.array_equal(np.sort(which), np.arange(len(sets))):
                raise ModelError(f"tree {i}: its categorical splits do not own one bitset each")
            owned = [sets[int(number)] for number in which]
            n_words[mine][categorical[mine]] = [len(one) for one in owned]
            words += [word for one in owned for word in one]
    ends = np.concatenate([[0], np.cumsum(n_words)])
    return ends.astype(np.int32), np.array(words, np.uint32)


def _read_sets(fields: Fields, n_sets: int, where: str) -> list[list[int]]:
    """The words of each bitset of a tree."""
    if n_sets < 0:
        raise ModelError(f"{where}: 'num_cat' is {n_sets}, below 0")
    bounds = read_numbers(fields, "cat_boundaries", n_sets + 1, where, int)
    total = len(fields.get("cat_threshold", "").split())
    if bounds[0] != 0 or bounds[-1] != total or bounds != sorted(bounds):
        raise ModelError(f"{where}: 'cat_boundaries' does not cut 'cat_threshold' into bitsets")
    words = read_numbers(fields, "cat_threshold", total, where, int)
    if not all(0 <= word < 2**32 for word in words):
        raise ModelError(f"{where}: 'cat_threshold' has a value outside 32 bits")
    return [words[first:last] for first, last in pairwise(bounds)]
