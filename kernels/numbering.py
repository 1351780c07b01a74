"""Distinct values numbered in the order in which they come.

A value is one or two 64-bit words, such as a time, or a string of up to 12 bytes in Arrow's string
view; equal words are equal values. Source: Arrow columnar format, "Variable-size Binary View
Layout".

A hash table finds the number of a value; one that is equal to the one before it needs no look.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.kernel import Kernel

_number_words = Kernel("numbering", "number_words")


class Numbering(NamedTuple):
    """``numbers`` uint32 ``(rows,)``, 0 where the value is missing. ``first`` uint32
    ``(distinct,)``: the row in which each number comes first."""

    numbers: NDArray[np.uint32]
    first: NDArray[np.uint32]


def number_words(words: NDArray[np.uint64], valid: NDArray[np.uint8], offset: int) -> Numbering:
    """Number values by their words.

    Parameters
    ----------
    words
        uint64 ``(rows, 1)`` or ``(rows, 2)`` in C order, fewer than 2^31 rows.
    valid, offset
        Of missing values, as ``kernels.segments.Column`` has them.

    Raises
    ------
    ValueError
        Shapes or dtypes that do not fit.
    """
    if words.ndim != 2 or words.shape[1] not in (1, 2) or words.dtype != np.uint64:
        raise ValueError(f"words must be uint64 (rows, 1 or 2), not {words.dtype} {words.shape}")
    rows, each = words.shape
    bits = valid.size * 8
    if rows >= 1 << 31 or valid.dtype != np.uint8 or offset < 0 or (bits and bits < offset + rows):
        raise ValueError(f"{rows} rows, but valid is {valid.dtype} of {bits} bits from {offset} on")
    numbers, first = np.empty(rows, np.uint32), np.empty(rows, np.uint32)
    # At least half empty. Pages of it that nothing is written to take no memory.
    table = np.zeros(1 << rows.bit_length() + 1, np.uint32)
    found = _number_words(words.reshape(-1), each, valid, offset, table, numbers, first)
    return Numbering(numbers, first[:found].copy())
