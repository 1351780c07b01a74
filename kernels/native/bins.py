"""The codes of a block of rows: see ``kernels.bins``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.bins import (
    BUCKET,
    MISSING,
    NAN_IS_ZERO,
    NAN_LEFT,
    SIZE,
    SLOT,
    SOURCE,
    STEPS,
    THRESHOLD,
    ZERO_CODE,
    ZERO_LEFT,
    ZERO_RIGHT,
    Bins,
)
from kernels.native import part
from kernels.native.bin_tables import pick_buckets
from kernels.native.source import load
from kernels.scratch import Scratch
from kernels.source import Source

_ONE, _TWO = np.uint64(1), np.uint64(2)


@part
def _count(values: NDArray[Any], thresholds: NDArray[Any], base: NDArray[np.uint8]) -> None:
    """Block: codes by comparing with every threshold, rows inside, so that it vectorises."""
    for i in range(values.size):
        base[i] = np.uint8(0)
    for k in range(thresholds.size):
        threshold = thresholds[k]
        for i in range(values.size):
            base[i] += np.uint8(values[i] > threshold)


@part
def _look_up(
    values: NDArray[Any],
    buckets: NDArray[np.int32],
    below: NDArray[np.uint8],
    threshold: NDArray[Any],
    steps: int,
    base: NDArray[np.uint8],
) -> None:
    """Block: thresholds below the bucket, then a search among those inside.

    Up to three are all compared: a binary search is compiled to branches that are guessed wrong.
    """
    if steps == 1:
        for i in range(values.size):
            code = np.uint64(below[np.uint64(buckets[i])])
            base[i] = code + np.uint64(threshold[code] < values[i])
        return
    if steps == 2:
        for i in range(values.size):
            code, x = np.uint64(below[np.uint64(buckets[i])]), values[i]
            inside = np.uint64(threshold[code] < x) + np.uint64(threshold[code + _ONE] < x)
            base[i] = code + inside + np.uint64(threshold[code + _TWO] < x)
        return
    for i in range(values.size):
        code = np.uint64(below[np.uint64(buckets[i])])
        step = np.uint64(1) << np.uint64(steps - 1)
        while step:
            code += step * np.uint64(threshold[code + step - np.uint64(1)] < values[i])
            step >>= np.uint64(1)
        base[i] = code


@part
def _mark_missing(values: NDArray[Any], base: NDArray[np.uint8]) -> None:
    """Block: NaN is coded as missing."""
    for i in range(values.size):
        base[i] = base[i] if values[i] == values[i] else np.uint8(MISSING)


@part
def _write_slot(base: NDArray[np.uint8], variant: int, zero: int, codes: NDArray[np.uint8]) -> None:
    """Block: the codes, with what is missing for this slot put at either end."""
    missing = np.uint8(MISSING)
    also = np.uint8(zero) if variant >= ZERO_RIGHT else missing
    if variant in (NAN_LEFT, ZERO_LEFT):
        missing = np.uint8(0)
    elif variant == NAN_IS_ZERO:
        missing = np.uint8(zero)
    for i in range(base.size):
        absent = (base[i] == np.uint8(MISSING)) | (base[i] == also)
        codes[i] = missing if absent else base[i]


@part
def code_block(
    source: Source,
    lo: int,
    n: int,
    bins: Bins,
    wide: bool,
    scratch: Scratch,
) -> None:
    """Block: ``codes[slot * stride + i]`` of row ``lo + i``, for ``n`` rows.

    ``wide``: values are compared as float64, else they are rounded to float32 first.
    """
    place, curve = bins.place, bins.curve
    codes, stride = scratch.codes, scratch.stride
    double, single = scratch.double[:n], scratch.single[:n]
    base, buckets = scratch.base[:n], scratch.buckets[:n]
    for coder in range(place.shape[0] - 1):
        first, steps = place[coder, THRESHOLD], place[coder, STEPS]
        last = first + place[coder, SIZE]
        load(source, place[coder, SOURCE], lo, single)
        if wide:
            load(source, place[coder, SOURCE], lo, double)
        if steps:
            below = bins.below[place[coder, BUCKET] :]
            pick_buckets(single, place, curve, coder, buckets)
            if wide:
                _look_up(double, buckets, below, bins.double[first:], steps, base)
            else:
                _look_up(single, buckets, below, bins.single[first:], steps, base)
        elif wide:
            _count(double, bins.double[first:last], base)
        else:
            _count(single, bins.single[first:last], base)
        if wide:
            _mark_missing(double, base)
        else:
            _mark_missing(single, base)
        for slot in range(place[coder, SLOT], place[coder + 1, SLOT]):
            own = codes[slot * stride : slot * stride + n]
            _write_slot(base, bins.variant[slot], place[coder, ZERO_CODE], own)
