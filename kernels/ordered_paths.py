"""The best choice of menu entries over ordered grades, and the best through every entry.

A menu holds ``rates`` x ``limits`` entries per cell (segment, grade); ``values`` float64
``(S, G, R, L)`` says what each is worth, -inf what must not be chosen. A cell takes one entry or,
where ``may_decline``, is declined, worth 0. Grades go from best to worst, and from one to the next
the rate must not fall nor, with ``limits``, the limit rise (``Rules``).

Without ``book`` each segment is a block of its own: the best way to arrive at an entry is found
from the best arrivals one grade before it, by running maxima. With ``book`` the order holds across
segments and the book is one block: a chain of thresholds, highest rate and lowest limit so far,
goes from grade to grade, and between two thresholds the segments are free of each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.kernel import Kernel

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

DECLINED = -1
MOST_OPEN_SEGMENTS = 8
"""With ``book`` and without ``carried``: the states of a grade are the sets of open segments."""
STEP_TOLERANCE = 1e-12

_segment_paths = Kernel("ordered_paths", "segment_paths")
_segment_through = Kernel("ordered_paths", "segment_through")
_book_path = Kernel("ordered_book", "book_path")
_book_through = Kernel("ordered_book", "book_through")


class Rules(NamedTuple):
    """What may follow what.

    A rate may follow those from ``first`` to ``last`` and precede those from ``next_first`` to
    ``next_last``, int64 ``(R,)`` indices; none where the last is below the first. ``limits``: the
    limit must not rise. ``carried``: any cell may be declined and the order holds among the others;
    else a declined grade is the end of its segment. ``book``: the order holds across segments.
    """

    first: Whole
    last: Whole
    next_first: Whole
    next_last: Whole
    limits: bool
    carried: bool
    book: bool


def rules_for(
    rates: Floats,
    *,
    limits: bool = False,
    carried: bool = False,
    book: bool = False,
    least_step: float = 0.0,
    largest_step: float | None = None,
) -> Rules:
    """For ascending ``rates`` ``(R,)``; steps are absolute, with 1e-12 to spare."""
    least, most = least_step - STEP_TOLERANCE, np.inf
    if largest_step is not None:
        most = largest_step + STEP_TOLERANCE
    step = rates[:, None] - rates[None, :]  # of the row's rate over the column's
    fits = (step >= least) & (step <= most) & np.tri(rates.size, dtype=bool)
    return Rules(*_windows(fits), *_windows(fits.T), limits, carried, book)


def _windows(fits: Flags) -> tuple[Whole, Whole]:
    """The first and the last of each row; a row without any is 0 to -1."""
    some = fits.any(axis=1)
    last = fits.shape[1] - 1 - fits[:, ::-1].argmax(axis=1)
    return np.where(some, fits.argmax(axis=1), 0), np.where(some, last, -1)


def best_paths(values: Floats, may_decline: Flags, rules: Rules) -> tuple[Floats, Whole]:
    """The value of each block and the choice that has it.

    Returns
    -------
    value
        float64 ``(S,)``, or ``(1,)`` with ``book``; -inf where no choice keeps to the rules.
    choice
        int64 ``(S, G)``: ``rate * L + limit`` or ``DECLINED``; of a block without a choice nothing
        is said. Of equal ones it is always the same: from the worst grade on an entry before a
        decline, and the first entry.

    Raises
    ------
    ValueError
        Shapes or dtypes that do not fit; with ``book``, too many segments.
    """
    _check(values, may_decline, rules)
    segments, grades, _, limits = values.shape
    choice = np.full((segments, grades), DECLINED, np.int64)
    if not rules.book:
        value = np.full(segments, -np.inf)
        arrive, carry = _arrivals(values.shape[1:], rules)
        _segment_paths(values, may_decline, rules, arrive, carry, choice, value)
        return value, choice
    value = np.full(1, -np.inf)
    flat, best = _without_free_limits(values, rules)
    _book_path(flat, may_decline, rules, _thresholds(flat, rules), choice, value)
    if not rules.limits:
        chosen = np.take_along_axis(best, np.maximum(choice, 0)[..., None], axis=2)[..., 0]
        choice = np.where(choice == DECLINED, DECLINED, choice * limits + chosen)
    return value, choice


def best_through(values: Floats, may_decline: Flags, rules: Rules) -> Floats:
    """The value of the best choice of a block through each entry, float64 ``(S, G, R, L)``.

    -inf where there is none. Arguments and errors as of ``best_paths``.
    """
    _check(values, may_decline, rules)
    out = np.full(values.shape, -np.inf)
    if not rules.book:
        arrive, carry = _arrivals(values.shape[1:], rules)
        _segment_through(values, may_decline, rules, arrive, carry, out)
        return out
    flat, _ = _without_free_limits(values, rules)
    rest = np.full(flat.shape, -np.inf)
    before, after = _thresholds(flat, rules), _thresholds(flat, rules)
    _book_through(flat, may_decline, rules, before, after, rest)
    return np.asarray(values + rest)


class Arrival(NamedTuple):
    """Scratch of a segment: ``at`` ``(G, R, L)``, ``running`` and ``reached`` ``(R, L)``."""

    at: Floats
    running: Floats
    reached: Floats


def _arrivals(shape: tuple[int, ...], rules: Rules) -> tuple[Arrival, Floats]:
    """Scratch, and what is carried over declined grades, which else is what arrives."""
    arrive = Arrival(np.empty(shape), np.empty(shape[1:]), np.empty(shape[1:]))
    return arrive, np.empty(shape) if rules.carried else arrive.at


class Thresholds(NamedTuple):
    """Scratch of the book: ``at`` ``(G + 1, M, R, L)``, M sets of open segments (1 if carried).

    ``within`` ``(S, R, L)``: the best entries between two thresholds; ``gain`` ``(M,)``; ``open``
    ``(M, R, L)``.
    """

    at: Floats
    within: Floats
    gain: Floats
    open: Floats


def _thresholds(values: Floats, rules: Rules) -> Thresholds:
    segments, grades, rates, limits = values.shape
    sets = 1 if rules.carried else 2**segments
    return Thresholds(
        np.full((grades + 1, sets, rates, limits), -np.inf),
        np.empty((segments, rates, limits)),
        np.zeros(sets),
        np.empty((sets, rates, limits)),
    )


def _without_free_limits(values: Floats, rules: Rules) -> tuple[Floats, Whole]:
    """Where limits are free, each rate's best one is all that matters."""
    best = values.argmax(axis=3)
    return values if rules.limits else values.max(axis=3, keepdims=True), best


def _check(values: Floats, may_decline: Flags, rules: Rules) -> None:
    if values.ndim != 4 or values.dtype != np.float64 or not values.size:
        raise ValueError(f"values must be float64 (S, G, R, L), not {values.dtype} {values.shape}")
    if not values.flags.c_contiguous or not may_decline.flags.c_contiguous:
        raise ValueError("values and may_decline must be in C order")
    if may_decline.shape != values.shape[:2] or may_decline.dtype != np.bool_:
        raise ValueError(f"may_decline must be bool {values.shape[:2]}")
    if any(window.shape != (values.shape[2],) for window in rules[:4]):
        raise ValueError(f"the rules are not for {values.shape[2]} rates")
    if rules.book and not rules.carried and values.shape[0] > MOST_OPEN_SEGMENTS:
        raise ValueError(
            f"{values.shape[0]} segments; over the book, where a declined grade ends its segment, "
            f"at most {MOST_OPEN_SEGMENTS}"
        )
