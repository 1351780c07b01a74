"""Random scorecards, as the arrays that the kernel takes, and matrices in every memory order."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernels.cards import FOUR, Linear, Scorecards, Tables

STEPS = [-np.inf, -2.0, -1.0, np.nextafter(0.0, -1.0), 0.0, 0.5, 1.0, np.nextafter(1.0, 2.0), 2.5]
"""Steps of tables; they are values of the matrices too."""

VALUES = [*STEPS, np.nan, np.inf, -0.0, 5e-324, 1e300, -1e300]


@st.composite
def scorecards(draw: st.DrawFn, columns: int) -> Scorecards:
    """1 to 3 cards of up to 11 terms and 3 tables; a column may have several, or none."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    cards = draw(st.integers(1, 3))
    terms = rng.integers(0, 12, cards)
    tables = rng.integers(0, 4, cards)
    return Scorecards(
        rng.normal(size=cards),
        _linear(rng, terms, columns),
        _tables(rng, tables, columns),
    )


@st.composite
def neighbours(draw: st.DrawFn, columns: int) -> Scorecards:
    """One card of linear terms only, whose columns follow each other."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    terms = draw(st.integers(1, columns))
    first = np.uint32(draw(st.integers(0, columns - terms)))
    linear = _linear(rng, np.array([terms]), columns)
    column = first + np.arange(terms, dtype=np.uint32)
    none = _tables(rng, np.array([0]), columns)
    return Scorecards(rng.normal(size=1), linear._replace(column=column), none)


def _linear(rng: np.random.Generator, sizes: NDArray[Any], columns: int) -> Linear:
    n = int(sizes.sum())
    return Linear(
        first=np.concatenate([[0], np.cumsum(sizes)]),
        column=rng.integers(0, columns, n).astype(np.uint32),
        scale=rng.normal(size=n),
        centre=rng.normal(size=n),
        missing=np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
    )


def _tables(rng: np.random.Generator, sizes: NDArray[Any], columns: int) -> Tables:
    n = int(sizes.sum())
    steps = [np.sort(rng.choice(STEPS, rng.integers(1, len(STEPS)), False)) for _ in range(n)]
    filled = [np.append(at, np.full(-at.size % FOUR, np.inf)) for at in steps]
    ends = np.cumsum([0, *(at.size for at in filled)])
    return Tables(
        first=np.concatenate([[0], np.cumsum(sizes)]),
        column=rng.integers(0, columns, n).astype(np.uint32),
        base=rng.normal(size=n),
        missing=np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
        step=ends,
        at=np.concatenate([*filled, np.empty(0)]),
        value=rng.normal(size=ends[-1]),
    )


def values(rng: np.random.Generator, shape: tuple[int, int], dtype: type) -> NDArray[Any]:
    """Numbers, hard ones among them."""
    hard = rng.choice(VALUES, shape)
    with np.errstate(over="ignore"):
        return np.where(rng.random(shape) < 0.3, hard, rng.normal(size=shape)).astype(dtype)


LAYOUTS = ("rows", "columns", "part of rows", "part of columns", "every second", "backwards")


def laid_out(X: NDArray[Any], layout: str) -> NDArray[Any]:
    """The same matrix in another memory order."""
    rows, columns = X.shape
    if layout == "columns":
        return np.asfortranarray(X)
    room = np.full((2 * rows + 2, 2 * columns + 2), 7.0, X.dtype)
    room = np.asfortranarray(room) if layout == "part of columns" else room
    parts = {
        "rows": np.s_[:rows, :columns],
        "part of rows": np.s_[1 : rows + 1, 2 : columns + 2],
        "part of columns": np.s_[1 : rows + 1, 1 : columns + 1],
        "every second": np.s_[: 2 * rows : 2, : 2 * columns : 2],
        "backwards": np.s_[rows - 1 :: -1, columns - 1 :: -1] if rows else np.s_[:0, :columns],
    }
    view = room[parts[layout]]
    view[:] = X
    return np.ascontiguousarray(view) if layout == "rows" else view
