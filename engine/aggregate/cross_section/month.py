"""Ranks of some values among all values of a month, which lie scattered over the chunks."""

from __future__ import annotations

from collections.abc import Sequence
from io import FileIO
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.aggregate.cross_section.ranges import Range, cut
from engine.aggregate.cross_section.spill import Extent, load, load_all, replace
from kernels.counted import below
from kernels.percentile_ranks import percentile_ranks
from kernels.radix import sort


class Room(NamedTuple):
    """What is in memory at once: two float64 arrays of the same size."""

    values: NDArray[np.float64]
    scratch: NDArray[np.float64]

    @classmethod
    def of(cls, size: int) -> Room:
        """For ``size`` values."""
        return cls(np.empty(size), np.empty(size))


def rank_month(
    values: FileIO,
    queries: FileIO,
    held: Sequence[Extent],
    asked: Sequence[Extent],
    times: NDArray[np.int64],
    room: Room,
) -> None:
    """Puts their ranks in the place of the values that are asked for.

    Parameters
    ----------
    held : values of the month, in the file ``values``; an extent may be sorted there.
    asked : values to be ranked, in the file ``queries``; each extent ascends.
    times : the month's other values, see ``kernels.counted``.
    room : its contents are lost.
    """
    if not asked:
        return
    spilled, limit = _count(held), len(room.values)
    counted = below(times)
    count = spilled + int(counted[-1])
    less = 0
    whole = [Range(list(held), list(asked), one_value=False)]
    for part in whole if spilled <= limit else cut(values, queries, held, asked, limit):
        size = _count(part.held)
        if part.asked:
            alone = part.one_value
            among = room.values[:0] if alone else _ordered(values, part.held, room)
            under = less + size / 2 if alone else less
            for extent in part.asked:
                wanted = load(queries, extent)
                ranks = percentile_ranks(among, wanted, below=under, counted=counted, count=count)
                replace(queries, extent, ranks)
        less += size


def _ordered(file: FileIO, extents: Sequence[Extent], room: Room) -> NDArray[np.float64]:
    size = _count(extents)
    if size > len(room.values):
        room = Room.of(size)
    values = load_all(file, extents, room.values)
    sort(values, room.scratch)
    return values


def _count(extents: Sequence[Extent]) -> int:
    return sum(extent.size for extent in extents)
