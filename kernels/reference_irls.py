"""Readable NumPy twin of ``irls``."""

from __future__ import annotations

import numpy as np

from kernels.irls import Basis, Block, Sums, Vector


def step_sums(block: Block, basis: Basis, b: Vector) -> Sums:
    """Twin of ``irls.step_sums`` and ``irls.folded``; equal but for rounding."""
    X, event, weight, offset = block
    D = np.column_stack([np.ones(len(X)), (X - basis.mean) * basis.inverse]) @ basis.mixed
    sign = np.where(event == 1.0, 1.0, -1.0)
    toward = sign * (offset + D @ b)
    with np.errstate(over="ignore"):
        right, wrong = 1.0 / (1.0 + np.exp(-toward)), 1.0 / (1.0 + np.exp(toward))
    return Sums(
        float(-(weight * np.logaddexp(0.0, -toward)).sum()),
        D.T @ (weight * sign * wrong),
        D.T @ (D * (weight * right * wrong)[:, None]),
    )


def mean_and_squares(block: Block) -> tuple[Vector, Vector]:
    """Twin of those of ``irls.moments``."""
    X, weight = block.X, block.weight
    mean = weight @ X / weight.sum()
    squares: Vector = weight @ (X - mean) ** 2
    return mean, squares
