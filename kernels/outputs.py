"""Sums of leaves to predictions: what stands between a forest's sums and what is published.

Conventions: float64 in place, with the C library's ``exp``, ``exp2``, ``log`` and ``log1p``, in the
operations, the order and the precision of the library that trained the model, so results are equal
to its own. In single precision (``Output.single``) a float64 holds a float32 and numba calls
``expf`` and its kin: equal to the C library's on 200,000 values, where float64 rounded to float32
differed in 0.06 % of ``exp`` and 5 % of ``log1p``. NumPy's own loops differ too.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

(
    IDENTITY,
    SIGMOID,
    EXP,
    SIGNED_SQUARE,
    SOFTMAX,
    LOG1P_EXP,
    HINGE,
    EXP2_RATIO,
    CLAMPED_SIGMOID,
    MIXED_SOFTMAX,
) = range(10)
"""What turns sums of leaves into predictions.

``SIGMOID``: ``1 / (1 + exp(-sigmoid x))``. ``EXP``, ``LOG1P_EXP``: ``exp(x)``,
``ln(1 + exp(x))``. ``SIGNED_SQUARE``: ``sign(x) x^2``. ``HINGE``: 1 above 0, else 0.
``EXP2_RATIO``: ``2^(-x / ratio)``, treelite's isolation forest. ``CLAMPED_SIGMOID``: XGBoost's,
which is never below 3e-39. ``SOFTMAX``: ``exp(x) / sum(exp(x))`` of a row. ``MIXED_SOFTMAX``: the
same of a float64 model as treelite does it: in single precision here and there.
"""

NOTHING = -0.0
"""What may be added without a trace: 0.0 would turn -0.0 into 0.0."""

_CLAMP = np.float32(88.7)
_TINY = np.float32(1e-16)


class Output(NamedTuple):
    """How sums of leaves become predictions.

    A sum starts at ``start`` (float64 ``(classes,)``) and takes the trees in order; it is divided
    by ``divisor`` (the number of iterations of a random forest, else 1), ``base`` (float64
    ``(classes,)``, ``NOTHING`` if there is none) is added in float64, and ``transform``, one of the
    constants above, is applied; ``sigmoid`` is the slope of ``SIGMOID``, ``ratio`` the divisor of
    ``EXP2_RATIO``. ``single``: all but adding ``base`` is done in float32; ``start`` and the sums
    are float32 values. XGBoost starts at its base score, treelite adds it at the end.
    """

    start: NDArray[np.float64]
    base: NDArray[np.float64]
    divisor: int = 1
    transform: int = IDENTITY
    sigmoid: float = 1.0
    ratio: float = 1.0
    single: bool = False


def plain_sums(classes: int) -> Output:
    """The sums themselves, from 0; make other outputs of it by ``_replace``."""
    return Output(np.zeros(classes), np.full(classes, NOTHING))


@njit(nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
def _finish_double(sums: NDArray[np.float64], output: Output) -> None:
    """Block: every sum by itself, in float64."""
    one, sigmoid, ratio = 1.0, output.sigmoid, output.ratio
    for k in range(sums.shape[1]):
        for i in range(sums.shape[0]):
            x = sums[i, k] / output.divisor + output.base[k]
            sums[i, k] = _transformed(x, one, sigmoid, ratio, output.transform)


@njit(nogil=True, cache=True)
def _finish_single(sums: NDArray[np.float64], output: Output) -> None:
    """Block: every sum by itself, in float32."""
    one, divisor = np.float32(1.0), np.float32(output.divisor)
    sigmoid, ratio = np.float32(output.sigmoid), np.float32(output.ratio)
    for k in range(sums.shape[1]):
        for i in range(sums.shape[0]):
            x = np.float32(np.float64(np.float32(sums[i, k]) / divisor) + output.base[k])
            sums[i, k] = _transformed(x, one, sigmoid, ratio, output.transform)


@njit(nogil=True, cache=True)
def _softmax_double(sums: NDArray[np.float64]) -> None:
    """Block: each row's sums as shares."""
    for i in range(sums.shape[0]):
        largest, total = sums[i].max(), 0.0
        for k in range(sums.shape[1]):
            sums[i, k] = math.exp(sums[i, k] - largest)
            total += sums[i, k]
        for k in range(sums.shape[1]):
            sums[i, k] /= total


@njit(nogil=True, cache=True)
def _softmax_single(sums: NDArray[np.float64]) -> None:
    """Block: the same in float32, but their total in float64, as XGBoost and treelite do."""
    for i in range(sums.shape[0]):
        largest, total = np.float32(sums[i].max()), 0.0
        for k in range(sums.shape[1]):
            sums[i, k] = math.exp(np.float32(sums[i, k]) - largest)
            total += sums[i, k]
        for k in range(sums.shape[1]):
            sums[i, k] = np.float32(sums[i, k]) / np.float32(total)


@njit(nogil=True, cache=True)
def _softmax_mixed(sums: NDArray[np.float64]) -> None:
    """Block: float64, but the largest sum, the powers and their total rounded to float32."""
    for i in range(sums.shape[0]):
        largest, total = np.float64(np.float32(sums[i].max())), 0.0
        for k in range(sums.shape[1]):
            sums[i, k] = np.float32(math.exp(sums[i, k] - largest))
            total += sums[i, k]
        for k in range(sums.shape[1]):
            sums[i, k] /= np.float64(np.float32(total))


@njit(nogil=True, cache=True)
def finish_block(sums: NDArray[np.float64], output: Output) -> None:
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


@njit(nogil=True, cache=True)
def _single_log(x: Any) -> Any:
    """Point: the natural logarithm of a float32, as a float32."""
    return math.log(x)


def single_log(x: np.float32) -> np.float32:
    """``ln(x)`` of a float32 ``x`` above 0, by the C library's ``logf``: NumPy's is another."""
    return np.float32(_single_log(np.float32(x)))
