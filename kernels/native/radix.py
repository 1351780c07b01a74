"""Sorting float64 by their digits: see ``kernels.radix``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.native import part

_BITS = 11
_DIGITS = 6
_MASK = (1 << _BITS) - 1


@part
def _ordered(bits: Any) -> Any:
    """Point: the bits of a float64 as an integer that ascends, without sign, with the number."""
    return bits ^ ((bits >> 63) | np.int64(-0x8000000000000000))


@part
def _number(key: Any) -> Any:
    """Point: ``_ordered`` undone."""
    return key ^ (~(key >> 63) | np.int64(-0x8000000000000000))


@part
def _count(keys: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
    """Makes keys of bits; how often each digit has each value: ``counts`` (6, 2048)."""
    counts[:] = 0
    for i in range(keys.size):
        key = _ordered(keys[i])
        keys[i] = key
        for digit in range(_DIGITS):
            counts[digit, (key >> (digit * _BITS)) & _MASK] += 1


@part
def _starts(counts: NDArray[np.int64], size: int) -> bool:
    """Counts of one digit to where each value begins; whether all keys have the same value."""
    begin = 0
    for value in range(counts.size):
        count = counts[value]
        if count == size:
            return True
        counts[value] = begin
        begin += count
    return False


@part
def _scatter(
    keys: NDArray[np.int64],
    carried: NDArray[np.uint32],
    to_keys: NDArray[np.int64],
    to_carried: NDArray[np.uint32],
    starts: NDArray[np.int64],
    shift: int,
) -> None:
    """Block: everything to its place by one digit; equal digits keep their order."""
    for i in range(keys.size):
        key = keys[i]
        value = (key >> shift) & _MASK
        place = starts[value]
        starts[value] = place + 1
        to_keys[place] = key
        if carried.size:
            to_carried[place] = carried[i]


@part
def sort(
    bits: NDArray[np.int64],
    carried: NDArray[np.uint32],
    other_bits: NDArray[np.int64],
    other_carried: NDArray[np.uint32],
    counts: NDArray[np.int64],
) -> int:
    """Sorts ``bits`` and, along with them, ``carried`` (of the same size, or empty)."""
    _count(bits, counts)
    here = True
    for digit in range(_DIGITS):
        if not _starts(counts[digit], bits.size):
            shift = digit * _BITS
            if here:
                _scatter(bits, carried, other_bits, other_carried, counts[digit], shift)
            else:
                _scatter(other_bits, other_carried, bits, carried, counts[digit], shift)
            here = not here
    for i in range(bits.size):
        bits[i] = _number(bits[i] if here else other_bits[i])
    if not here:
        for i in range(carried.size):
            carried[i] = other_carried[i]
    return 0
