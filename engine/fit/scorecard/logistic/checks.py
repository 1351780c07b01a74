"""What a logistic fit cannot be made of: one clear error each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError
from engine.fit.scorecard.logistic.passes import Rows
from engine.fit.scorecard.rows import Matrix
from kernels.irls import Block, Moments

COLLINEAR = 1e-6
"""Of a column's standard deviation: what the others must leave of it. The square is what a sum of
products in float64 still tells from nothing."""

SIZES = 1e-100, 1e100
"""Of the sum of weights and of standard deviations: an information or covariance is then a float64
number with all its digits."""
_NAMED = 1e-3  # of a column's standard deviation: its part in another one, to be worth naming


def check_moments(rows: Rows, moments: Moments, names: Sequence[str]) -> None:
    """Raises DataError for an outcome or columns that no model can be fitted to."""
    height, used, events, negative, neither = (int(count) for count in moments.counts)
    if neither:
        raise DataError("the event is neither 0 nor 1", column="event", count=neither)
    if negative:
        raise DataError("the weight is below zero", column="weight", count=negative)
    if not (np.isfinite(moments.total).all() and np.isfinite(moments.squares).all()):
        _name_what_is_not_finite(rows, moments, names)
    if not used:
        raise DataError(
            "the weights sum to zero: there is nothing to fit", column="weight", count=height
        )
    if events in (0, used):
        which = "without the event" if events == 0 else "with the event"
        raise DataError(f"one class only: every row that has weight is one {which}", count=used)
    constant = moments.lowest.min(axis=0) == moments.highest.max(axis=0)
    if constant.any():
        which = ", ".join(name for name, is_so in zip(names, constant, strict=True) if is_so)
        raise DataError("the feature is constant; leave it out", column=which, count=used)
    _check_sizes(moments, names)
    if used < len(names) + 1:
        raise DataError(f"too few rows for {len(names)} features and an intercept", count=used)


def _check_sizes(moments: Moments, names: Sequence[str]) -> None:
    least, most = SIZES
    total = moments.total[0]
    if not least <= total <= most:
        raise DataError(f"weights sum to {total:g}, not {least:g} to {most:g}", column="weight")
    deviation = np.sqrt(moments.squares / total)
    outside = [n for n, d in zip(names, deviation, strict=True) if not least <= d <= most]
    if outside:
        problem = f"a standard deviation is not {least:g} to {most:g}; use another unit"
        raise DataError(problem, column=", ".join(outside))


def check_rank(products: Matrix, names: Sequence[str]) -> None:
    """Raises DataError where a column follows from those before it.

    ``products``: weighted sums of products of scaled columns, the intercept first. Each is split
    off those behind it (Cholesky), so what is left on the diagonal is the part of a column that
    those before it do not explain.
    """
    size = np.sqrt(np.diag(products))
    C = products / np.outer(size, size)
    left = C.copy()
    kept: list[int] = []
    found: list[str] = []
    for j in range(len(C)):
        if left[j, j] < COLLINEAR**2:
            found.append(_combination(C, kept, j, names))
            continue
        kept.append(j)
        left -= np.outer(left[:, j], left[j]) / left[j, j]
    if found:
        raise DataError(f"collinear features: {'; '.join(found)}; leave one of each out")


def _combination(C: Matrix, kept: Sequence[int], j: int, names: Sequence[str]) -> str:
    shares = np.linalg.solve(C[np.ix_(kept, kept)], C[kept, j])
    of = [names[k - 1] for k, share in zip(kept, shares, strict=True) if k and abs(share) > _NAMED]
    return f"{names[j - 1]!r} follows from {' and '.join(map(repr, of))}"


def _name_what_is_not_finite(rows: Rows, moments: Moments, names: Sequence[str]) -> None:
    counts = reduce(np.add, rows.each(_not_finite))
    for name, count in zip(("weight", "offset", *names), counts, strict=True):
        if count:
            raise DataError("not a finite number", column=name, count=int(count))
    large = [n for n, size in zip(names, moments.squares, strict=True) if not np.isfinite(size)]
    raise DataError("numbers are too large to be squared", column=", ".join(large))


def _not_finite(block: Block) -> NDArray[np.int64]:
    outcome = [int((~np.isfinite(values)).sum()) for values in (block.weight, block.offset)]
    return np.array([*outcome, *(~np.isfinite(block.X)).sum(axis=0)])
