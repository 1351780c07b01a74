"""Lists of categories as bitsets: what a categorical split of the forest kernel looks up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError

MOST_WORDS = 1 << 22
"""Words of all bitsets of a model, 16 MiB. One category can ask for 512 MiB: a bit per number up to
it, so a file of a few bytes could fill the memory."""


def bits_of(
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    listed: NDArray[np.int64],
    categorical: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
    """``words`` and ``bitset`` as in ``Trees``.

    Per split: it lists ``listed[first:last]`` if it is ``categorical``, else nothing.

    Raises
    ------
    ModelError
        A range outside ``listed``, a negative category, or more than ``MOST_WORDS``.
    """
    count = np.where(categorical, last - first, 0)
    inside = (first >= 0) & (count >= 0) & (last <= listed.size)
    if not inside[categorical].all() or count.sum() > listed.size:
        raise ModelError("a categorical split lists categories that are not its own")
    # Entry by entry of all lists, end to end: whose it is, and which category.
    owner = np.repeat(np.arange(count.size), count)
    category = listed[np.repeat(first - np.cumsum(count) + count, count) + np.arange(owner.size)]
    if (category < 0).any():
        raise ModelError("a categorical split lists a negative category")
    n_words = np.zeros(count.size, np.int64)
    np.maximum.at(n_words, owner, category // 32 + 1)
    words = np.concatenate([[0], np.cumsum(n_words)])
    if words[-1] > MOST_WORDS:
        raise ModelError(
            f"its sets of categories need {words[-1] / 2**18:.0f} MiB, more than "
            f"{MOST_WORDS >> 18}; number the categories from 0"
        )
    bitset = np.zeros(words[-1], np.uint32)
    bit = np.left_shift(np.uint32(1), (category % 32).astype(np.uint32))
    np.bitwise_or.at(bitset, words[owner] + category // 32, bit)
    return words.astype(np.int32), bitset
