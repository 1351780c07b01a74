"""Memory by cache lines of eight float64, and memory that is used again."""

from __future__ import annotations

import math
import sys

import numpy as np
from numpy.typing import NDArray

LINE = 8
"""Float64 of a cache line."""
_UNUSED = 2
"""References to an array that nobody else holds: the room's, and that of the question."""


def lines(*shape: int) -> NDArray[np.float64]:
    """Uninitialised float64 ``(*shape, 8)``; each eight is a cache line, which none straddles."""
    size = math.prod(shape) * LINE
    return _by_lines(np.empty(size + LINE), size).reshape(*shape, LINE)


class Room:
    """Memory for the results of one call after the other.

    The operating system clears what it hands out, also what was given back just before. With 188
    columns of 40,000 segments of 12 rows and five statistics that took a sixth of the processor's
    time of a call in one trial, four fifths in another on a virtual machine that was busy.
    """

    def __init__(self) -> None:
        self._memory = np.empty(0)

    def lines(self, *shape: int) -> NDArray[np.float64]:
        """As ``lines``, in the memory of the call before if nothing refers to that any more."""
        size = math.prod(shape) * LINE
        if sys.getrefcount(self._memory) > _UNUSED or self._memory.size < size + LINE:
            self._memory = np.empty(size + LINE)
        return _by_lines(self._memory, size).reshape(*shape, LINE)


def _by_lines(memory: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    first = -memory.__array_interface__["data"][0] // 8 % LINE
    return memory[first : first + size]
