"""Linear algebra of a few columns, element by element, in one order.

NumPy's own calls a library (BLAS, LAPACK) that adds in another order on two threads than on one, as
was seen with 100 columns. Here rows are added to rows, which NumPy rounds one by one.
"""

from __future__ import annotations

import numpy as np

from engine.fit.scorecard.rows import Matrix, Vector


def times(A: Matrix, x: Vector) -> Vector:
    """``A x``."""
    total = np.zeros(A.shape[0])
    for column, value in zip(A.T, x, strict=True):
        total += column * value
    return total


def product(A: Matrix, B: Matrix) -> Matrix:
    """``A B``."""
    total = np.zeros((A.shape[0], B.shape[1]))
    for column, row in zip(A.T, B, strict=True):
        total += np.multiply.outer(column, row)
    return total


def whitening(A: Matrix) -> Matrix | None:
    """``T``, upper triangular and in C order, for which ``T' A T`` is the identity and ``T T'`` the
    inverse of ``A``, a symmetric matrix; None if that is not positive definite in float64.

    By Cholesky of ``A`` scaled to a diagonal of ones: column k of the factor is taken off the
    columns behind it, and what it does to them off the rows of ``T'``.
    """
    diagonal = np.diag(A)
    if not (np.isfinite(A).all() and diagonal.min() > 0.0):
        return None
    size = np.sqrt(diagonal)
    left, rows = A / np.multiply.outer(size, size), np.diag(1.0 / size)
    for k in range(len(A)):
        if not left[k, k] > len(A) * np.finfo(np.float64).eps:
            return None
        root = np.sqrt(left[k, k])
        column = left[k + 1 :, k] / root
        rows[k] /= root
        rows[k + 1 :] -= np.multiply.outer(column, rows[k])
        left[k + 1 :, k + 1 :] -= np.multiply.outer(column, column)
    return np.ascontiguousarray(rows.T)
