"""Choosing the bucket function of each coder, and filling its table: see ``kernels.bins``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.bins import (
    BUCKET,
    COUNTED,
    CURVES,
    HIGH,
    LOW,
    MIDDLE,
    ORIGIN,
    SHIFT,
    SIZES,
    SLOPE,
    STEPS,
)
from kernels.native import part
from kernels.native.vector import float_bits


@part
def _bucket(x: float, low: float, high: float, middle: float, slope: float, shift: Any) -> int:
    """Point: a value's bucket, counted from the middle; NaN is in the first. All are float32.

    The bits of ``1 + y`` grow with ``y``: evenly up to 1, then alike with each doubling. Every step
    is monotone, in rounding too.
    """
    x = x if x > low else low
    x = x if x < high else high
    distance = x - middle
    one = np.float32(1.0)
    far: int = (float_bits(one + abs(distance) * slope) - float_bits(one)) >> shift
    return far if distance >= np.float32(0.0) else -far


@part
def pick_buckets(
    values: NDArray[np.float32],
    place: NDArray[np.int64],
    curve: NDArray[np.float32],
    coder: int,
    buckets: NDArray[np.int32],
) -> None:
    """Block: the bucket of each value, by arithmetic that vectorises."""
    low, high = curve[coder, LOW], curve[coder, HIGH]
    middle, slope = curve[coder, MIDDLE], curve[coder, SLOPE]
    shift, origin = np.int32(place[coder, SHIFT]), np.int32(place[coder, ORIGIN])
    for i in range(values.size):
        buckets[i] = origin + _bucket(values[i], low, high, middle, slope, shift)


@part
def _fit(
    values: NDArray[np.float32],
    place: NDArray[np.int64],
    curve: NDArray[np.float32],
    coder: int,
    doublings: int,
    size: int,
) -> None:
    """Block: a bucket function that spreads ``size`` buckets from the first to the last threshold.

    ``doublings`` of ``1 + y`` up to the farther end; 0 is nearly linear. LightGBM parts NaN from
    numbers with the threshold inf, so the ends are finite ones; their difference is finite.
    """
    largest = np.float32(8e37)
    first, last = 0, values.size - 1
    while first < last and values[first] < -largest:
        first += 1
    while last > first and values[last] > largest:
        last -= 1
    curve[coder, LOW] = min(max(values[first], -largest), largest)
    curve[coder, HIGH] = min(max(values[last], -largest), largest)
    curve[coder, MIDDLE] = min(max(values[(first + last) // 2], -largest), largest)
    reach = max(curve[coder, HIGH] - curve[coder, MIDDLE], curve[coder, MIDDLE] - curve[coder, LOW])
    curve[coder, SLOPE] = min(2.0**doublings / reach, largest) if reach > 0.0 else 0.0
    low, high = curve[coder, LOW], curve[coder, HIGH]
    middle, slope = curve[coder, MIDDLE], curve[coder, SLOPE]
    for shift in range(32):
        place[coder, SHIFT] = shift
        start = _bucket(low, low, high, middle, slope, np.int32(shift))
        place[coder, ORIGIN] = -start
        if _bucket(high, low, high, middle, slope, np.int32(shift)) - start < size:
            break


@part
def _fill(buckets: NDArray[np.int32], below: NDArray[np.uint8]) -> int:
    """Block: thresholds in the buckets below, per bucket; returns the most that share one."""
    crowd, i = 0, 0
    for bucket in range(below.size):
        below[bucket], start = i, i
        while i < buckets.size and buckets[i] == bucket:
            i += 1
        crowd = max(crowd, i - start)
    return crowd


@part
def make_tables(
    values: NDArray[np.float32],
    first: NDArray[np.int64],
    place: NDArray[np.int64],
    curve: NDArray[np.float32],
    below: NDArray[np.uint8],
    buckets: NDArray[np.int32],
) -> int:
    """Block: per coder the bucket function with the fewest steps, then with the fewest buckets.

    Buckets are picked in float32: rounding is monotone, so a float64 value is never in a lower
    bucket than a threshold below it, and one table serves both precisions. ``buckets`` is scratch.
    """
    at = 0
    for coder in range(first.size - 1):
        own = values[first[coder] : first[coder + 1]]
        place[coder, BUCKET], place[coder, STEPS] = at, 0
        if own.size <= COUNTED:
            continue
        least, chosen, best = 99, 0, 0
        for trial in range(len(SIZES) * len(CURVES) + 1):
            last = trial == len(SIZES) * len(CURVES)
            if least == 1 and not last:  # nothing is better
                continue
            size = chosen if last else SIZES[trial // len(CURVES)]
            doublings = best if last else CURVES[trial % len(CURVES)]
            _fit(own, place, curve, coder, doublings, size)
            pick_buckets(own, place, curve, coder, buckets)
            crowd, steps = _fill(buckets[: own.size], below[at : at + size]), 0
            while crowd >> steps:
                steps += 1
            if steps < least:
                least, chosen, best = steps, size, doublings
        place[coder, STEPS] = least
        at += chosen
    place[first.size - 1, BUCKET] = at
    return 0
