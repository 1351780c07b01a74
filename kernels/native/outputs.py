"""Sums of leaves to predictions: what stands between a forest's sums and what is published.

Conventions: float64 in place, with the C library's ``exp``, ``exp2``, ``log`` and ``log1p``, in the
operations, the order and the precision of the library that trained the model, so results are equal
to its own. In single precision (``Output.single``) a float64 holds a float32 and numba calls
``expf`` and its kin: equal to the C library's on 200,000 values, where float64 rounded to float32
differed in 0.06 % of ``exp`` and 5 % of ``log1p``. NumPy's own loops differ too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.native import part
from kernels.transforms import (
    CLAMPED_SIGMOID,
    EXP,
    EXP2_RATIO,
    HINGE,
    LOG1P_EXP,
    MIXED_SOFTMAX,
    SIGMOID,
    SIGNED_SQUARE,
    SOFTMAX,
    Output,
)

_CLAMP = np.float32(88.7)
_TINY = np.float32(1e-16)


@part
def _transformed(x: Any, one: Any, sigmoid: Any, ratio: Any, transform: int) -> Any:
    """Point: one sum as a prediction; all numbers are of one type, float32 or float64."""
    if transform == SIGMOID:
        return one / (one + math.exp(-sigmoid * x))
    if transform == EXP:
        return math.exp(x)
    if transform == SIGNED_SQUARE:
        return x * x if x >= 0.0 else -(x * x)
    if transform == LOG1P_EXP:
        return math.log1p(math.exp(x))
    if transform == HINGE:
        return one if x > 0.0 else one - one
    if transform == EXP2_RATIO:
        return np.exp2(-x / ratio)
    if transform == CLAMPED_SIGMOID:
        return one / (math.exp(min(-x, _CLAMP)) + one + _TINY)
    return x


@part
def _finish_double(sums: NDArray[np.float64], output: Output) -> None:
    """Block: every sum by itself, in float64."""
    one, sigmoid, ratio = 1.0, output.sigmoid, output.ratio
    for k in range(sums.shape[1]):
        for i in range(sums.shape[0]):
            x = sums[i, k] / output.divisor + output.base[k]
            sums[i, k] = _transformed(x, one, sigmoid, ratio, output.transform)


@part
def _finish_single(sums: NDArray[np.float64], output: Output) -> None:
    """Block: every sum by itself, in float32."""
    one, divisor = np.float32(1.0), np.float32(output.divisor)
    sigmoid, ratio = np.float32(output.sigmoid), np.float32(output.ratio)
    for k in range(sums.shape[1]):
        for i in range(sums.shape[0]):
            x = np.float32(np.float64(np.float32(sums[i, k]) / divisor) + output.base[k])
            sums[i, k] = _transformed(x, one, sigmoid, ratio, output.transform)


@part
def _largest(sums: NDArray[np.float64]) -> float:
    """Block: the largest of a row."""
    largest: float = sums[0]
    for k in range(1, sums.size):
        largest = max(largest, sums[k])
    return largest


@part
def _softmax_double(sums: NDArray[np.float64]) -> None:
    """Block: each row's sums as shares."""
    for i in range(sums.shape[0]):
        largest, total = _largest(sums[i]), 0.0
        for k in range(sums.shape[1]):
            sums[i, k] = math.exp(sums[i, k] - largest)
            total += sums[i, k]
        for k in range(sums.shape[1]):
            sums[i, k] /= total


@part
def _softmax_single(sums: NDArray[np.float64]) -> None:
    """Block: the same in float32, but their total in float64, as XGBoost and treelite do."""
    for i in range(sums.shape[0]):
        largest, total = np.float32(_largest(sums[i])), 0.0
        for k in range(sums.shape[1]):
            sums[i, k] = math.exp(np.float32(sums[i, k]) - largest)
            total += sums[i, k]
        for k in range(sums.shape[1]):
            sums[i, k] = np.float32(sums[i, k]) / np.float32(total)


@part
def _softmax_mixed(sums: NDArray[np.float64]) -> None:
    """Block: float64, but the largest sum, the powers and their total rounded to float32."""
    for i in range(sums.shape[0]):
        largest, total = np.float64(np.float32(_largest(sums[i]))), 0.0
        for k in range(sums.shape[1]):
            sums[i, k] = np.float32(math.exp(sums[i, k] - largest))
            total += sums[i, k]
        for k in range(sums.shape[1]):
            sums[i, k] /= np.float64(np.float32(total))


@part
def finish_block(sums: NDArray[np.float64], output: Output) -> int:
    """Block: sums ``(rows, classes)`` to predictions, in place."""
    if output.single:
        _finish_single(sums, output)
    else:
        _finish_double(sums, output)
    if output.transform == MIXED_SOFTMAX:
        _softmax_mixed(sums)
    elif output.transform == SOFTMAX and output.single:
        _softmax_single(sums)
    elif output.transform == SOFTMAX:
        _softmax_double(sums)
    return 0
