"""Ranking by a score: how much of either class has each of its values.

One sort serves every measure of how well a score ranks. Its result is the levels: the distinct
scores, ascending, each with what is good and what is bad there, so that equal scores are one value
by construction.

How rows are sorted: a float is an integer that ascends with it. The range between the least and
the greatest of these integers is cut into equal parts, a bucket each, into which one pass scatters
the rows. A bucket, which then fits into the cache, is sorted by two digits and by insertion where
these leave something to do, or by all digits where that is much. What is sorted is the rest of the
integer with the class as its last bit, so nothing is carried along but weights, if there are any.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kernels.kernel import Kernel
from kernels.threads import MOST_THREADS, at_once

_count_buckets = Kernel("ranks", "count_buckets")
_scatter = Kernel("ranks", "scatter")
_sort_buckets = Kernel("ranks", "sort_buckets")
_emit_levels = Kernel("ranks", "emit_levels")
_compare = Kernel("ranks", "compare")

Scores: TypeAlias = NDArray[np.floating[Any]]
Amounts: TypeAlias = NDArray[np.float64] | NDArray[np.uint32]

DIGIT = 11
"""Bits of a digit; there are at most as many buckets as a digit has values."""
_BUCKET = 12
"""A bucket gets about two to that many rows, more where there are not enough buckets."""
_SHARES = 8
"""Buckets are shared out in so many parts for each thread."""
_MOST = 1 << 31
"""Fewer rows than that: products of two counts are exact."""


class Levels(NamedTuple):
    """Distinct scores and what has them; ``(levels,)`` each.

    ``score`` float64, ascending, 0.0 for both zeros. ``goods``, ``bads`` uint32: rows. ``good``,
    ``bad``: their weight, float64; the same arrays as the rows where there are no weights.
    """

    score: NDArray[np.float64]
    goods: NDArray[np.uint32]
    bads: NDArray[np.uint32]
    good: Amounts
    bad: Amounts


class Rows(NamedTuple):
    """``score`` float32 or float64, ``bad`` uint8 0 or 1, ``weight`` float64: ``(n,)`` each, but no
    weight at all where all count alike."""

    score: Scores
    bad: NDArray[np.uint8]
    weight: NDArray[np.float64]


class Keys(NamedTuple):
    """How a score becomes a number. Of the signed integer that ascends with it ``low`` bits are
    dropped, which say nothing for its dtype, and ``least`` is taken away; what lies above ``shift``
    bits of that is its bucket."""

    least: int
    low: int
    shift: int


class Comparison(NamedTuple):
    """``won``: over all pairs of a good and a bad, 2 where the bad scores higher, 1 where they tie.
    ``distance``: the largest difference of their cumulative shares, times ``good * bad``, the
    totals. Weights multiply. Whole numbers where there are no weights."""

    won: float
    distance: float
    good: float
    bad: float


def rank(
    score: Scores,
    bad: NDArray[np.bool_],
    weight: NDArray[np.float64] | None = None,
    *,
    threads: int = 1,
) -> Levels:
    """The levels of a score; their bits do not depend on ``threads``.

    Parameters
    ----------
    score
        float32 or float64 ``(n,)``, without NaN.
    bad
        bool ``(n,)``: the class.
    weight
        float64 ``(n,)``, or None for 1 each. Those of a level and class are added in the order of
        the rows.

    Raises
    ------
    ValueError
        Shapes or dtypes that do not fit; no rows, or 2^31 of them; ``threads`` below 1.
    """
    _check(score, bad, weight, threads)
    threads = min(threads, score.size, MOST_THREADS)
    carried = np.empty(0) if weight is None else np.ascontiguousarray(weight)
    rows = Rows(np.ascontiguousarray(score), np.ascontiguousarray(bad).view(np.uint8), carried)
    keys, buckets = _keys_of(score)
    first, elements, carried = _scattered(rows, keys, buckets, threads)
    levels = _sorted(first, keys, elements, carried, threads)
    return _emitted(first, keys, elements, carried, levels, threads)


def compare(good: Amounts, bad: Amounts) -> Comparison:
    """Goods against bads, over levels in ascending order; exact where they are whole numbers."""
    out = np.zeros(4, np.int64 if good.dtype == np.uint32 else np.float64)
    _compare(good, bad, out)
    return Comparison(*out.tolist())


def _check(
    score: Scores, bad: NDArray[np.bool_], weight: NDArray[np.float64] | None, threads: int
) -> None:
    if score.dtype not in (np.float32, np.float64) or score.ndim != 1:
        raise ValueError(f"score must be float32 or float64 (n,), not {score.dtype} {score.shape}")
    if bad.dtype != np.bool_ or bad.shape != score.shape:
        raise ValueError(f"bad must be bool {score.shape}, not {bad.dtype} {bad.shape}")
    if weight is not None and (weight.dtype != np.float64 or weight.shape != score.shape):
        raise ValueError(f"weight must be float64 {score.shape}, not {weight.dtype} {weight.shape}")
    if not 0 < score.size < _MOST:
        raise ValueError(f"{score.size} rows; there must be some, fewer than {_MOST}")
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")


def _keys_of(score: Scores) -> tuple[Keys, int]:
    """And how many buckets there are."""
    low = 29 if score.dtype == np.float32 else 0  # bits that a float64 has more
    least, greatest = (_ascending(float(x)) >> low for x in (score.min(), score.max()))
    width = (greatest - least).bit_length()
    bits = min(max(score.size.bit_length() - _BUCKET, width - 63, 0), DIGIT, width)
    shift = width - bits
    return Keys(least, low, shift), ((greatest - least) >> shift) + 1


def _ascending(score: float) -> int:
    """The bits of a float64 as a signed integer that ascends with it."""
    bits = int(np.float64(score + 0.0).view(np.int64))  # -0.0 + 0.0 is 0.0
    return bits ^ 0x7FFFFFFFFFFFFFFF if bits < 0 else bits


def _scattered(
    rows: Rows, keys: Keys, buckets: int, threads: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.float64]]:
    """Where buckets begin, ``(buckets + 1,)``, and what is in them: a piece of the rows for each
    thread, and within a bucket the pieces in their order."""
    size = rows.score.size
    cuts = [size * piece // threads for piece in range(threads + 1)]
    counts = np.zeros((threads, buckets), np.int64)
    _share(lambda k: _count_buckets(rows, cuts[k], cuts[k + 1], keys, counts[k]), threads, threads)
    ends = counts.T.cumsum().reshape(buckets, threads).T
    starts = np.ascontiguousarray(ends - counts)
    first = np.append(starts[0], size)
    elements, carried = np.empty(size, np.uint64), np.empty(rows.weight.size)
    _share(
        lambda k: _scatter(rows, cuts[k], cuts[k + 1], keys, starts[k], elements, carried),
        threads,
        threads,
    )
    return first, elements, carried


def _sorted(
    first: NDArray[np.int64],
    keys: Keys,
    elements: NDArray[np.uint64],
    carried: NDArray[np.float64],
    threads: int,
) -> NDArray[np.int64]:
    """How many levels each bucket has, once it is sorted."""
    buckets = len(first) - 1
    levels = np.empty(buckets, np.int64)
    other, other_carried = np.empty_like(elements), np.empty_like(carried)
    parts = min(buckets, _SHARES * threads)

    def sort(part: int) -> None:
        lo, hi = buckets * part // parts, buckets * (part + 1) // parts
        starts = np.empty(1 << DIGIT, np.int64)
        both = elements, carried, other, other_carried
        _sort_buckets(first, lo, hi, keys.shift + 1, *both, starts, levels)

    _share(sort, parts, threads)
    return levels


def _emitted(
    first: NDArray[np.int64],
    keys: Keys,
    elements: NDArray[np.uint64],
    carried: NDArray[np.float64],
    levels: NDArray[np.int64],
    threads: int,
) -> Levels:
    """The levels of sorted buckets."""
    buckets, size = len(levels), int(levels.sum())
    place = levels.cumsum() - levels
    score, goods, bads = np.empty(size), np.zeros(size, np.uint32), np.zeros(size, np.uint32)
    good, bad = (np.zeros(size if carried.size else 0) for _ in range(2))
    parts = min(buckets, _SHARES * threads)

    def emit(part: int) -> None:
        lo, hi = buckets * part // parts, buckets * (part + 1) // parts
        out = score, goods, bads, good, bad
        _emit_levels(first, place, lo, hi, keys, elements, carried, *out)

    _share(emit, parts, threads)
    return Levels(score, goods, bads, *((good, bad) if carried.size else (goods, bads)))


def _share(work: Callable[[int], object], parts: int, threads: int) -> None:
    """Calls ``work`` with 0 to ``parts - 1``; threads take the next until none is left."""
    left = iter(range(parts))

    def take() -> None:
        for part in left:
            work(part)

    at_once(take, min(threads, parts))
