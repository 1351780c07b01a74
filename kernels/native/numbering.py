"""Numbering distinct values: see ``kernels.numbering``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.native import part

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: neighbours come to lie apart
_OTHER_FACTOR = np.uint64(0xC2B2AE3D27D4EB4E)  # even: of a single word the sum of both counts
_HALF = np.uint64(32)


@part
def _hash(one: np.uint64, other: np.uint64) -> np.uint64:
    """Point: of two words, whose bits all count in the lower half."""
    mixed = one * _FACTOR + other * _OTHER_FACTOR
    return ((mixed ^ (mixed >> _HALF)) * _FACTOR) >> _HALF


@part
def _is_known(valid: NDArray[np.uint8], bit: int) -> bool:
    """Point: whether a value is there; an empty bitmap says that all are."""
    return valid.size == 0 or (valid[bit >> 3] >> (bit & 7)) & 1 != 0


@part
def _slot(
    words: NDArray[np.uint64],
    each: int,
    one: np.uint64,
    other: np.uint64,
    table: NDArray[np.uint32],
    first: NDArray[np.uint32],
) -> int:
    """Point: where the table has the value, or the empty place where it belongs."""
    slot = int(_hash(one, other)) & (table.size - 1)
    while table[slot] != 0:
        at = int(first[table[slot] - 1]) * each
        if words[at] == one and words[at + each - 1] == other:
            break
        slot = (slot + 1) & (table.size - 1)
    return slot


@part
def number_words(
    words: NDArray[np.uint64],
    each: int,
    valid: NDArray[np.uint8],
    offset: int,
    table: NDArray[np.uint32],
    numbers: NDArray[np.uint32],
    first: NDArray[np.uint32],
) -> int:
    """Block: how many distinct values there are; ``table``, empty, gets their numbers plus 1."""
    found, number = 0, 0
    before = before_other = np.uint64(0)
    for i in range(numbers.size):
        if not _is_known(valid, offset + i):
            numbers[i] = 0
            continue
        one, other = words[i * each], words[i * each + each - 1]
        if found == 0 or one != before or other != before_other:
            slot = _slot(words, each, one, other, table, first)
            if table[slot] == 0:
                first[found] = i
                found += 1
                table[slot] = found
            number = int(table[slot]) - 1
            before, before_other = one, other
        numbers[i] = number
    return found
