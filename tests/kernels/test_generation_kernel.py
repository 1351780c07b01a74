"""The generation kernel, its readable twin, and the menu kernel for strategies that are tables."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from money_cases import SEGMENTS, TABLES, demand_of, economics_of

from kernels import menu, reference_generation
from kernels.demand import PROPENSITY
from kernels.economics import source_economics
from kernels.generation import (
    BLOCK,
    MEASURES,
    PIECE,
    Book,
    Curves,
    generation_sums,
    logarithms,
    population,
)
from kernels.menu import Cells, Customers, Inputs, Menu, hazards

CELLS = 4


def book_in(seed: int, n: int, *, form: int | None = None) -> Book:
    """``n`` random customers in four cells, one perhaps empty; some caps bind, some are 0."""
    rng = np.random.default_rng(seed)
    form = int(rng.integers(0, 3)) if form is None else form
    economics = economics_of(rng)
    cell = np.sort(rng.integers(0, CELLS, n))
    pd = rng.choice([0.0, 1.0, 1e-4, *rng.random(30)], n)
    customers = Customers(
        pd=pd,
        base=rng.random(n) if form == PROPENSITY else rng.normal(size=n),
        cap=rng.choice(np.array([np.inf, 0.0, *rng.uniform(50.0, 12_000.0, 20)]), n),
        hazard=hazards(pd, economics),
    )
    cells = Cells(
        np.searchsorted(cell, np.arange(CELLS + 1)).astype(np.int64),
        rng.integers(0, SEGMENTS, CELLS),
        rng.integers(0, TABLES, CELLS) if form else np.zeros(CELLS, np.int64),
    )
    return Book(population(customers, rng.normal(size=n)), cells, demand_of(rng, form), economics)


def curves_in(seed: int, candidates: int, *, flat: bool = False) -> Curves:
    """Random candidates: curved, straight or, with ``flat`` always, constant; some decline."""
    rng = np.random.default_rng(seed)
    shape = (candidates, CELLS)

    def number(lo: float, hi: float, *, curved: bool = False) -> np.ndarray:
        kept = (rng.random(shape) < 0.7) & ~np.array(flat)
        return rng.uniform(lo, hi, shape) * (kept if curved else 1.0)

    return Curves(
        approve=rng.random(shape) < 0.8,
        r0=number(0.0, 0.3),
        r1=number(-0.02, 0.05, curved=True),
        r2=number(-0.01, 0.01, curved=True),
        rate_lo=number(0.0, 0.05),
        rate_hi=number(0.1, 0.4),
        m0=number(100.0, 9_000.0),
        m1=number(-3_000.0, 1_000.0, curved=True),
        limit_lo=number(50.0, 500.0),
        limit_hi=number(2_000.0, 10_000.0),
    )


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 700), st.integers(0, 4), st.booleans())
def test_sums_equal_the_twin(seed: int, n: int, candidates: int, flat: bool) -> None:
    book, curves = book_in(seed, n), curves_in(seed, candidates, flat=flat)
    got, expected = (
        generation_sums(book, curves),
        reference_generation.generation_sums(book, curves),
    )
    lent = expected[MEASURES.index("exposure")].max(initial=0.0)
    scale = np.abs(expected).max(axis=(1, 2), initial=0.0)[:, None, None] + lent
    assert (np.abs(got - expected) <= 1e-11 * scale).all()


@pytest.mark.parametrize("form", [0, 1, 2])
def test_cell_tables_bring_what_the_menu_says(form: int) -> None:
    book = book_in(form, 900, form=form)
    rates, limits = np.array([0.05, 0.11, 0.3]), np.array([500.0, 2_500.0])
    entries = [(rate, limit) for rate in rates for limit in limits]
    flat = {name: np.zeros((len(entries), CELLS)) for name in Curves._fields}
    for at, (rate, limit) in enumerate(entries):
        flat["r0"][at], flat["m0"][at] = rate, limit
    curves = Curves(**flat)._replace(
        approve=np.ones((len(entries), CELLS), np.bool_),
        rate_hi=flat["r0"] + 1.0,
        limit_lo=flat["m0"],
        limit_hi=flat["m0"],
    )
    got = generation_sums(book, curves)[: len(menu.MEASURES)]
    c = book.customers
    inputs = Inputs(
        Customers(c.pd, c.base, c.cap, c.hazard),
        book.cells,
        Menu(rates, limits),
        book.demand,
        book.economics,
    )
    expected = np.zeros((len(menu.MEASURES), CELLS, rates.size, limits.size))
    for cell in range(CELLS):
        menu.menu_sums(inputs, expected, cell=cell, rates=(0, rates.size))
    expected = expected.reshape(got.shape)
    scale = np.abs(expected).max(axis=(1, 2))[:, None, None] + expected[2].max()
    assert (np.abs(got - expected) <= 1e-11 * scale).all()


def test_sums_depend_on_neither_threads_nor_other_candidates() -> None:
    n = 70 * PIECE + 3 * BLOCK + 5
    book, curves = book_in(3, n), curves_in(3, 6)
    whole = generation_sums(book, curves, threads=1)
    assert generation_sums(book, curves, threads=3).tobytes() == whole.tobytes()
    for c in (0, 5):
        alone = Curves(*(coefficient[c : c + 1].copy() for coefficient in curves))
        assert generation_sums(book, alone)[:, :, 0].tobytes() == whole[:, :, c].tobytes()


def test_a_cell_does_not_depend_on_the_others() -> None:
    book, curves = book_in(9, 3 * PIECE), curves_in(9, 3)
    whole, cell = generation_sums(book, curves), 2
    rows = slice(*book.cells.first[cell : cell + 2].tolist())
    alone = Book(
        type(book.customers)(*(column[rows].copy() for column in book.customers)),
        Cells(
            np.array([0, rows.stop - rows.start]),
            book.cells.segment[[cell]],
            book.cells.table[[cell]],
        ),
        book.demand,
        book.economics,
    )
    own = Curves(*(coefficient[:, [cell]].copy() for coefficient in curves))
    assert generation_sums(alone, own)[:, 0].tobytes() == whole[:, cell].tobytes()


def test_a_candidate_by_hand() -> None:
    customers = Customers(np.array([0.1, 0.2]), np.zeros(2), np.array([np.inf, 500.0]), np.zeros(2))
    demand = demand_of(np.random.default_rng(0), 0)._replace(
        intercept=np.zeros(3), rate=np.zeros(3), log_limit=np.zeros(3)
    )  # everybody's take-up is one half
    cells = Cells(np.array([0, 2]), np.array([0]), np.array([0]))
    book = Book(
        population(customers, np.array([0.0, 1.0])),
        cells,
        demand,
        source_economics(lgd=0.4, cost=0.05),
    )
    coefficients = (0.15, 0.02, 0.03, 0.0, 0.18, 1e3, 0.0, 1.0, 1e4)
    curves = Curves(np.array([[True]]), *(np.array([[value]]) for value in coefficients))
    found = generation_sums(book, curves)[:, 0, 0]
    expected = {
        "profit": 500.0 * (0.9 * 0.1 - 0.04) + 250.0 * (0.8 * 0.13 - 0.08),
        "exposure": 750.0,
        "count": 1.0,
        "limit": 1500.0,
        "bad": 0.3,
        "rate": 0.15 + 0.18,  # 0.15 + 0.02 + 0.03 = 0.20 is cut
        "rate_exposure": 500.0 * 0.15 + 250.0 * 0.18,
        "rate_limit": 1000.0 * 0.15 + 500.0 * 0.18,
    }
    for name, value in expected.items():
        assert found[MEASURES.index(name)] == pytest.approx(value, rel=1e-12), name


def test_what_is_declined_is_zero_to_the_bit() -> None:
    book, curves = book_in(4, 500), curves_in(4, 3)
    declined = curves._replace(approve=np.zeros_like(curves.approve))
    sums = generation_sums(book, declined)
    assert sums.tobytes() == np.zeros_like(sums).tobytes()


@settings(max_examples=200, deadline=None)
@given(st.floats(2.3e-308, 1.7e308))
def test_logarithms(x: float) -> None:
    got, expected = float(logarithms(np.array([x]))[0]), math.log(x)
    assert abs(got - expected) <= 2.0 * math.ulp(expected)


def test_logarithms_at_the_ends() -> None:
    assert logarithms(np.array([0.0, 1.0, np.inf])).tolist() == [-np.inf, 0.0, np.inf]
    assert np.isnan(logarithms(np.array([np.nan])))[0]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"r1": np.zeros((2, 3))}, r"r1 must be float64 \(2, 4\)"),
        ({"approve": np.zeros((2, CELLS))}, "approve must be bool"),
        ({"r0": np.full((2, CELLS), np.nan)}, "r0 is not finite in 8 places"),
        ({"rate_lo": np.full((2, CELLS), 0.5)}, "cross in 8 places"),
        ({"limit_lo": np.zeros((2, CELLS))}, "limit_lo must be above 0"),
    ],
)
def test_curves_that_do_not_fit_are_refused(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        generation_sums(book_in(0, 20), curves_in(0, 2)._replace(**changes))


@pytest.mark.parametrize("x", [np.zeros(3), np.zeros(2, np.float32), np.array([0.0, np.nan])])
def test_a_risk_coordinate_that_does_not_fit_is_refused(x: np.ndarray) -> None:
    with pytest.raises(ValueError, match="x "):
        population(Customers(*(np.zeros(2) for _ in range(4))), x)
