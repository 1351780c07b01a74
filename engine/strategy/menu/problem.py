"""The menu problem: one entry (rate, limit) or a decline per cell (segment, grade).

Grades go from best to worst. The sum of the chosen entries' profit is to be greatest, subject to an
ordering over grades and to constraints that are sums over the chosen entries. Arrays are float64 in
C order, ``(S, G, R, L)``: segments, grades, rates, limits; entry ``(j, k)`` is written
``j * L + k``, a decline -1, worth 0 and counting 0 in every constraint.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import BookError
from kernels.ordered_paths import MOST_OPEN_SEGMENTS

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Choice = NDArray[np.int64]
"""int64 ``(S, G)``."""

DECLINED = -1


@dataclass(frozen=True)
class Ordering:
    """A better grade's rate is not higher than a worse one's; with ``limits``, its limit not lower.

    ``scope``: within each segment, or over all segments of the book (cells of one grade are free of
    each other). ``decline``: with ``suffix`` all grades below a declined one are declined, with
    ``any`` the ordering holds among the approved cells. ``least_step`` and ``largest_step``, with
    scope ``segment``: absolute, from an approved grade's rate to that of the next approved one.

    Raises
    ------
    BookError
        Steps that are negative, contradict each other, or are given with scope ``book``.
    """

    limits: bool = False
    scope: Literal["segment", "book"] = "segment"
    decline: Literal["suffix", "any"] = "suffix"
    least_step: float = 0.0
    largest_step: float | None = None

    def __post_init__(self) -> None:
        if not self.least_step >= 0.0:
            raise BookError(f"ordering: least_step must be at least 0, not {self.least_step}")
        if self.largest_step is not None and not self.largest_step >= self.least_step:
            raise BookError(
                f"ordering: largest_step {self.largest_step} is below least_step {self.least_step}"
            )
        if self.scope == "book" and (self.least_step > 0.0 or self.largest_step is not None):
            raise BookError("ordering: least_step and largest_step need scope 'segment'")


@dataclass(frozen=True)
class LinearConstraint:
    """The sum of ``coefficients`` ``(S, G, R, L)`` over the chosen entries is at most ``bound``.

    ``scale`` > 0, in the unit of the bound: violations of several constraints are added in it.
    """

    name: str
    coefficients: Floats = field(repr=False)
    bound: float
    scale: float


@dataclass(frozen=True)
class MenuProblem:
    """``rates`` ``(R,)`` and ``limits`` ``(L,)`` ascending; ``profit`` ``(S, G, R, L)``.

    ``allowed`` bool ``(S, G, R, L)``: entries on the menu; profit and coefficients of others are
    not read. ``may_decline`` bool ``(S, G)``: False forces an approval.

    Raises
    ------
    BookError
        Shapes, dtypes, values that are not finite, rates or limits that do not rise, names given
        twice; scope ``book`` with decline ``suffix`` and more than 8 segments.
    """

    rates: Floats = field(repr=False)
    limits: Floats = field(repr=False)
    profit: Floats = field(repr=False)
    allowed: Flags = field(repr=False)
    may_decline: Flags = field(repr=False)
    constraints: tuple[LinearConstraint, ...] = ()
    ordering: Ordering = Ordering()

    def __post_init__(self) -> None:
        _check_axis("rates", self.rates)
        _check_axis("limits", self.limits)
        shape = (*self.may_decline.shape, self.rates.size, self.limits.size)
        if self.may_decline.dtype != np.bool_ or len(shape) != 4 or 0 in shape:
            raise BookError(f"menu: may_decline must be bool (segments, grades), not {shape[:-2]}")
        _check_array("allowed", self.allowed, shape, np.bool_)
        self._check_numbers("profit", self.profit)
        for constraint in self.constraints:
            self._check_numbers(f"constraint '{constraint.name}'", constraint.coefficients)
            if not np.isfinite(constraint.bound) or not 0.0 < constraint.scale < np.inf:
                raise BookError(
                    f"menu: constraint '{constraint.name}' needs a finite bound and a scale above "
                    f"0, not {constraint.bound} and {constraint.scale}"
                )
        names = [constraint.name for constraint in self.constraints]
        if len(set(names)) < len(names):
            raise BookError(f"menu: a constraint is given twice: {', '.join(sorted(names))}")
        if self.ordering.scope == "book" and self.ordering.decline == "suffix":
            _check_segments(shape[0])

    def _check_numbers(self, name: str, array: Floats) -> None:
        _check_array(name, array, self.allowed.shape, np.float64)
        bad = int((~np.isfinite(array) & self.allowed).sum())
        if bad:
            raise BookError(f"menu: {name} is not finite at {bad} allowed entries")


def _check_axis(name: str, axis: Floats) -> None:
    if axis.ndim != 1 or axis.dtype != np.float64 or not axis.size:
        raise BookError(f"menu: {name} must be float64 of one dimension, at least one")
    if not np.isfinite(axis).all() or not (np.diff(axis) > 0.0).all():
        raise BookError(f"menu: {name} must be finite and rise")


def _check_array(name: str, array: NDArray[Any], shape: tuple[int, ...], dtype: type) -> None:
    if array.shape != shape or array.dtype != dtype or not array.flags.c_contiguous:
        raise BookError(
            f"menu: {name} must be {dtype.__name__} {shape} in C order, "
            f"not {array.dtype} {array.shape}"
        )


def _check_segments(segments: int) -> None:
    if segments > MOST_OPEN_SEGMENTS:
        raise BookError(
            f"ordering: scope 'book' with decline 'suffix' takes at most {MOST_OPEN_SEGMENTS} "
            f"segments, not {segments}; use decline 'any' or scope 'segment'"
        )
