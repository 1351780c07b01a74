"""Columns and customers for the segment kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernels.segments import Ask, Column, Segments, Statistic, last_rows

NO_BITS = np.zeros(0, np.uint8)
LENGTHS = (0, 1, 2, 3, 7, 8, 9, 12, 13, 16, 17, 33, 123)
EVERY = [
    Ask(0, statistic, diff, lag)
    for statistic in Statistic
    for diff in (False, True)
    for lag in ((0, 1, 4) if statistic is Statistic.LAG else (0,))
]
"""Each statistic of the first window."""


def packed(known: NDArray[np.bool_], offset: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A bitmap, as short as can be, whose bits before ``offset`` are anything."""
    bits = np.append(rng.random(offset) < 0.5, known)
    return np.packbits(bits, bitorder="little")


def values_in(rng: np.random.Generator, rows: int, dtype: type, kind: str) -> NDArray[Any]:
    """``kind``: few different values and both zeros, noise, noise far from 0."""
    if kind == "few":
        return rng.choice(np.array([-1.5, -0.0, 0.0, 0.1, 2.0, np.pi]), rows).astype(dtype)
    return (rng.normal(size=rows) + (1e9 if kind == "far" else 0.0)).astype(dtype)


def segments_in(rng: np.random.Generator, lengths: list[int], gap: int) -> Segments:
    """All rows, the last three, days (any number of rows), of customers ``gap`` rows apart."""
    stop = np.cumsum(np.array(lengths, np.int64) + gap, dtype=np.int64)
    start = stop - np.array(lengths, np.int64)
    days = start + rng.integers(0, np.array(lengths, np.int64) + 1)
    return Segments(start, stop, np.array([start, last_rows(start, stop, 3), days]))


@st.composite
def columns(draw: st.DrawFn, rows: int) -> Column:
    """A column with nulls, NaN, both or none."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    x = values_in(rng, rows, dtype, draw(st.sampled_from(["few", "noise", "far"])))
    share = draw(st.sampled_from([0.0, 0.1, 0.9, 1.0]))
    if draw(st.booleans()):
        x[rng.random(rows) < share] = np.nan
    if draw(st.booleans()):
        offset = draw(st.integers(0, 11))
        return Column(x, packed(rng.random(rows) >= share, offset, rng), offset)
    return Column(x, NO_BITS)


def asks(windows: int) -> st.SearchStrategy[list[Ask]]:
    one = st.builds(
        Ask,
        st.integers(0, windows - 1),
        st.sampled_from(Statistic),
        st.booleans(),
        st.integers(0, 14),
    )
    return st.lists(one, max_size=12)
