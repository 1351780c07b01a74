"""Readable twin of ``kernels.numbering``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.numbering import Numbering


def number_words(words: NDArray[np.uint64], valid: NDArray[np.uint8], offset: int) -> Numbering:
    """As ``kernels.numbering.number_words``."""
    bits = np.unpackbits(valid, bitorder="little")[offset:]
    numbers = np.zeros(len(words), np.uint32)
    first: dict[tuple[int, ...], int] = {}
    for row, value in enumerate(map(tuple, words.tolist())):
        if not valid.size or bits[row]:
            first.setdefault(value, row)
            numbers[row] = list(first).index(value)
    return Numbering(numbers, np.array(list(first.values()), np.uint32))
