"""Sorting the elements of a bucket: see ``kernels.ranks``.

All arrays are ``(n,)``; ``carried`` and ``other_carried`` may hold nothing, then nothing is carried
along. What is in ``other`` is lost. Equal elements keep their order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.native import part
from kernels.ranks import DIGIT

_VALUES = 1 << DIGIT
_MASK = np.uint64(_VALUES - 1)
_FEW = 32
"""So few rows are sorted by insertion alone."""
_MOVES = 4
"""Insertion gives up after so many moves a row: then equal digits are more than chance."""


@part
def _starts(elements: NDArray[np.uint64], shift: np.uint64, starts: NDArray[np.int64]) -> bool:
    """Where each value of a digit begins; whether there is more than one value."""
    starts[:] = 0
    for i in range(elements.size):
        starts[(elements[np.uint64(i)] >> shift) & _MASK] += 1
    begin = 0
    for value in range(_VALUES):
        count = starts[value]
        if count == elements.size:
            return False
        starts[value] = begin
        begin += count
    return True


@part
def _move(
    elements: NDArray[np.uint64],
    carried: NDArray[np.float64],
    to: NDArray[np.uint64],
    to_carried: NDArray[np.float64],
    shift: np.uint64,
    starts: NDArray[np.int64],
) -> None:
    """Block: everything to its place by one digit; equal digits keep their order."""
    for k in range(elements.size):
        i = np.uint64(k)
        value = (elements[i] >> shift) & _MASK
        place = np.uint64(starts[value])
        starts[value] += 1
        to[place] = elements[i]
        if carried.size:
            to_carried[place] = carried[i]


@part
def _sort_by_digits(
    elements: NDArray[np.uint64],
    carried: NDArray[np.float64],
    other: NDArray[np.uint64],
    other_carried: NDArray[np.float64],
    first: int,
    width: int,
    starts: NDArray[np.int64],
) -> None:
    """Block: in place by the bits ``first`` to ``width``; equal ones keep their order."""
    at_home = True
    for bit in range(first, width, DIGIT):
        shift = np.uint64(bit)
        source, target = (elements, other) if at_home else (other, elements)
        carried_source = carried if at_home else other_carried
        carried_target = other_carried if at_home else carried
        if _starts(source, shift, starts):
            _move(source, carried_source, target, carried_target, shift, starts)
            at_home = not at_home
    if not at_home:
        for i in range(elements.size):
            elements[i] = other[i]
        for i in range(carried.size):
            carried[i] = other_carried[i]


@part
def _insert(elements: NDArray[np.uint64], carried: NDArray[np.float64], moves: int) -> bool:
    """Block: sorted by insertion, equal ones keep their order; False if it gave up."""
    for k in range(1, elements.size):
        element, at = elements[k], k
        if elements[k - 1] > element:
            weight = carried[k] if carried.size else 0.0
            while at > 0 and elements[at - 1] > element:
                elements[at] = elements[at - 1]
                if carried.size:
                    carried[at] = carried[at - 1]
                at -= 1
            elements[at] = element
            if carried.size:
                carried[at] = weight
            moves -= k - at
            if moves < 0:
                return False
    return True


@part
def sort_elements(
    elements: NDArray[np.uint64],
    carried: NDArray[np.float64],
    other: NDArray[np.uint64],
    other_carried: NDArray[np.float64],
    width: int,
    starts: NDArray[np.int64],
) -> None:
    """Block: one bucket, whose elements have ``width`` bits."""
    size = elements.size
    first = max(0, width - 2 * DIGIT)
    if size > _FEW:
        _sort_by_digits(elements, carried, other, other_carried, first, width, starts)
        if first == 0:
            return
    if not _insert(elements, carried, max(_MOVES * size, _FEW * _FEW)):
        _sort_by_digits(elements, carried, other, other_carried, 0, width, starts)
