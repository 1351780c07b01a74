"""Readable twin of the transforms of sums: whole columns at a time.

``exp``, ``exp2`` and ``log1p`` are NumPy's, so results may differ from the kernel's in the last
bits; everything else is equal to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels import transforms as t
from kernels.transforms import Output


def finished(sums: NDArray[np.float64], output: Output) -> NDArray[np.float64]:
    """Twin of ``outputs.finish_block``: float64 ``(rows, classes)``; ``sums`` is not changed."""
    kind = np.float32 if output.single else np.float64
    with np.errstate(over="ignore", invalid="ignore"):
        averages: NDArray[Any] = np.divide(sums.astype(kind), kind(output.divisor))
        x = (averages.astype(np.float64) + output.base).astype(kind)
        return _transformed(x, output, kind).astype(np.float64)


def _transformed(x: NDArray[Any], output: Output, kind: Any) -> NDArray[Any]:
    sigmoid, ratio, transform = kind(output.sigmoid), kind(output.ratio), output.transform
    if transform == t.CLAMPED_SIGMOID:
        x = np.maximum(x, kind(-88.7))
    simple: dict[int, Callable[[], Any]] = {
        t.IDENTITY: lambda: x,
        t.SIGMOID: lambda: 1 / (1 + np.exp(-sigmoid * x)),
        t.EXP: lambda: np.exp(x),
        t.SIGNED_SQUARE: lambda: np.sign(x) * x * x,
        t.LOG1P_EXP: lambda: np.log1p(np.exp(x)),
        t.HINGE: lambda: np.where(x > 0, kind(1), kind(0)),
        t.EXP2_RATIO: lambda: np.exp2(-x / ratio),
        t.CLAMPED_SIGMOID: lambda: 1 / (1 + np.exp(-x)),
    }
    if transform in simple:
        return np.asarray(simple[transform]())
    largest = x.max(axis=1, keepdims=True)
    if transform == t.MIXED_SOFTMAX:
        e = np.exp(x - largest.astype(np.float32)).astype(np.float32)
        total = e.astype(np.float64).sum(axis=1, keepdims=True).astype(np.float32)
        return np.asarray(e.astype(np.float64) / total)
    e = np.exp(x - largest)
    total = e.astype(np.float64).sum(axis=1, keepdims=True).astype(kind)
    return np.asarray(e / total)
