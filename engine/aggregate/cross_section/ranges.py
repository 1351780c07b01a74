"""A month that is too large to be sorted in memory, cut into ranges of values that are not.

Every extent is sorted where it lies, so a range is a slice of each of them: nothing is written
twice, and each byte is read three times, however many ranges there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import FileIO
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.aggregate.cross_section.spill import Extent, load, replace
from kernels.radix import argsort, sort


class Range(NamedTuple):
    """Values from a bound to below the next one, in each extent of the month.

    ``one_value``: all of them are equal.
    """

    held: list[Extent]
    asked: list[Extent]
    one_value: bool


def cut(
    values: FileIO,
    queries: FileIO,
    held: Sequence[Extent],
    asked: Sequence[Extent],
    limit: int,
) -> Iterator[Range]:
    """Ranges, ascending, of at most about ``limit`` values each, or of one value.

    Between two samples of an extent lie ``step`` values, so a range between ``apart`` samples of
    all extents has at most ``step * (2 * apart + extents)``: 3/4 of ``limit``, unless that is less
    than some values per extent.
    """
    step = max(1, limit // (4 * len(held)))
    apart = max(1, limit // (4 * step))
    bounds, one_value = _bounds(_sorted_samples(values, held, step), apart)
    held_cuts = _cuts(values, held, bounds)
    asked_cuts = _cuts(queries, asked, bounds)
    for number, alone in enumerate(one_value.tolist()):
        yield Range(_slices(held, held_cuts, number), _slices(asked, asked_cuts, number), alone)


def _sorted_samples(file: FileIO, held: Sequence[Extent], step: int) -> NDArray[np.float64]:
    """Sorts each extent in the file; every ``step``-th value of each, all ascending."""
    samples = []
    for extent in held:
        block = load(file, extent)
        sort(block, np.empty_like(block))
        replace(file, extent, block)
        samples.append(block[step - 1 :: step].copy())
    joined = np.concatenate(samples)
    return joined[argsort(joined)]


def _bounds(
    samples: NDArray[np.float64], apart: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Ascending inner bounds, and for each range around them whether it holds one value only.

    A value that fills more than one range is put in a range of its own.
    """
    chosen, times = np.unique(samples[apart - 1 :: apart], return_counts=True)
    with np.errstate(over="ignore"):  # after the largest comes infinity
        after = np.nextafter(chosen[times > 1], np.inf)
        bounds = np.unique(np.concatenate([chosen, after]))
        alone = np.nextafter(bounds[:-1], np.inf) == bounds[1:]
    return bounds, np.concatenate([[False], alone, bounds[-1:] == np.inf])


def _cuts(
    file: FileIO, extents: Sequence[Extent], bounds: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Where each range begins and ends in each (ascending) extent: int64 (extents, ranges + 1)."""
    cuts = np.zeros((len(extents), len(bounds) + 2), np.int64)
    for row, extent in zip(cuts, extents, strict=True):
        row[1:-1] = np.searchsorted(load(file, extent), bounds)
        row[-1] = extent.size
    return cuts


def _slices(extents: Sequence[Extent], cuts: NDArray[np.int64], number: int) -> list[Extent]:
    begins, ends = cuts[:, number].tolist(), cuts[:, number + 1].tolist()
    return [
        extent.slice(begin, end)
        for extent, begin, end in zip(extents, begins, ends, strict=True)
        if begin < end
    ]
