"""How often a table has each whole number of a narrow range, by column and month, in memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kernels.counted import SIZE, Counted


class Counts:
    """Of all chunks. A month is counted if there was room for it when it was first seen."""

    def __init__(self, columns: Sequence[str], budget_bytes: int) -> None:
        self._places = budget_bytes // (len(columns) * SIZE * np.dtype(np.int64).itemsize)
        self._place: dict[int, int] = {}
        self._times: dict[str, NDArray[np.int64]] = {
            name: np.zeros((self._places + 1, SIZE), np.int64) for name in columns
        }

    def places(self, months: Sequence[int]) -> NDArray[np.int64]:
        """``Counted.place`` of a chunk."""
        for month in months:
            if len(self._place) < self._places:
                self._place.setdefault(month, len(self._place))
        nowhere = self._places
        return np.array([*(self._place.get(month, nowhere) for month in months), nowhere], np.int64)

    def of(self, column: str, places: NDArray[np.int64]) -> Counted:
        """For ``kernels.months``."""
        return Counted(places, self._times[column])

    def times(self, column: str, month: int) -> NDArray[np.int64]:
        """How often the month has each number, int64 ``(SIZE,)``."""
        place = self._place.get(month)
        times = self._times[column]
        return np.zeros_like(times[0]) if place is None else times[place]
