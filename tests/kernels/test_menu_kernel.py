"""The menu kernel and its readable twin: every customer at every entry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from money_cases import SEGMENTS, TABLES, demand_of, economics_of

from kernels import reference_money
from kernels.demand import PROPENSITY
from kernels.economics import source_economics
from kernels.menu import (
    MEASURES,
    Cells,
    Customers,
    Inputs,
    Menu,
    hazards,
    is_multiplicative,
    menu_sums,
)


def inputs_in(seed: int, n: int, *, alike: bool) -> Inputs:
    """``n`` random customers in four cells, one of which may be empty; some caps bind."""
    rng = np.random.default_rng(seed)
    form = int(rng.integers(0, 3))
    economics = economics_of(rng)
    cell = np.sort(rng.integers(0, 4, n))
    pd = rng.choice([0.0, 1.0, 1e-4, *rng.random(30)], n)
    base = rng.random(n) if form == PROPENSITY else rng.normal(size=n)
    limits = np.unique(rng.uniform(100.0, 9000.0, rng.integers(1, 7)))
    caps = [np.inf, 0.0, *limits, *rng.uniform(50.0, 12_000.0, 20)]
    return Inputs(
        Customers(
            pd,
            np.zeros(n) if alike and form == 0 else base,
            rng.choice(np.array(caps), n),
            hazards(pd, economics),
        ),
        Cells(
            np.searchsorted(cell, np.arange(5)).astype(np.int64),
            rng.integers(0, SEGMENTS, 4),
            rng.integers(0, TABLES, 4) if form else np.zeros(4, np.int64),
        ),
        Menu(np.unique(rng.uniform(0.0, 0.4, rng.integers(1, 6))), limits),
        demand_of(rng, form),
        economics,
    )


def summed(inputs: Inputs, *, row_by_row: bool = False) -> np.ndarray:
    shape = (inputs.cells.segment.size, inputs.menu.rates.size, inputs.menu.limits.size)
    out = np.full((len(MEASURES), *shape), np.nan)
    for cell in range(shape[0]):
        for rate in range(shape[1]):
            menu_sums(inputs, out, cell=cell, rates=(rate, rate + 1), row_by_row=row_by_row)
    return out


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 700), st.booleans())
def test_sums_equal_the_twin(seed: int, n: int, alike: bool) -> None:
    inputs = inputs_in(seed, n, alike=alike)
    expected = reference_money.menu_sums(inputs)
    scale = np.abs(expected).max(axis=(1, 2, 3), keepdims=True) + expected[2].max()
    for row_by_row in (False, True):
        got = summed(inputs, row_by_row=row_by_row)
        assert (np.abs(got - expected) <= 1e-11 * scale).all()


def test_the_fast_path_is_taken_where_take_up_is_a_product() -> None:
    found = {
        (inputs.demand.form, inputs.economics.beta != 0.0): is_multiplicative(inputs)
        for inputs in (inputs_in(seed, 50, alike=True) for seed in range(60))
    }
    assert found == {
        (form, moving): not moving and form != 1 for form in range(3) for moving in (False, True)
    }
    unlike = (inputs_in(seed, 50, alike=False) for seed in range(30))
    assert not any(is_multiplicative(inputs) for inputs in unlike if inputs.demand.form == 0)


def test_an_entry_does_not_depend_on_how_entries_are_shared_out() -> None:
    inputs = inputs_in(5, 600, alike=False)
    whole = np.empty((len(MEASURES), 4, inputs.menu.rates.size, inputs.menu.limits.size))
    for cell in (2, 0, 3, 1):
        menu_sums(inputs, whole, cell=cell, rates=(0, inputs.menu.rates.size))
    assert whole.tobytes() == summed(inputs).tobytes()


def test_an_entry_by_hand() -> None:
    customers = Customers(np.array([0.1, 0.2]), np.zeros(2), np.array([np.inf, 500.0]), np.zeros(2))
    rng = np.random.default_rng(0)
    demand = demand_of(rng, 0)._replace(
        intercept=np.zeros(3), rate=np.zeros(3), log_limit=np.zeros(3)
    )  # everybody's take-up is one half
    cells = Cells(np.array([0, 2]), np.array([0]), np.array([0]))
    menu = Menu(np.array([0.15]), np.array([1000.0]))
    found = summed(Inputs(customers, cells, menu, demand, source_economics(lgd=0.4, cost=0.05)))
    profit = 500.0 * (0.9 * 0.1 - 0.04) + 250.0 * (0.8 * 0.1 - 0.08)
    expected = [profit, 500 * 0.04 + 250 * 0.08, 750.0, 1.0, 100.0, 0.15, 1500.0, 200.0, 0.3]
    assert found[:, 0, 0, 0] == pytest.approx(expected, rel=1e-12)
