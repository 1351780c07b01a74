"""The metric of the American Express competition: by hand, as published, and with ties."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import distinct, published_amex, sample

from engine.metrics import amex, auc


def test_by_hand() -> None:
    """Three goods and two bads: W = 62, of which floor(0.04 W) = 2 are looked at.

    The highest two scores are the bads': G = D = 1. With a good on top D is 0, and of the six pairs
    the bads win four: AUC = 2/3, G = (1/3 - 19/62) / (1 - 19/62) = 5/129.
    """
    assert amex([0.1, 0.2, 0.3, 0.8, 0.9], [0, 0, 0, 1, 1]) == 1.0
    assert amex([0.1, 0.2, 0.9, 0.7, 0.8], [0, 0, 0, 1, 1]) == pytest.approx(5 / 258)


@settings(deadline=None, max_examples=200)
@given(st.integers(2, 400), st.integers(0, 10_000))
def test_without_ties_it_is_the_published_formula(rows: int, seed: int) -> None:
    score, target = distinct(rows, seed)
    assert amex(score, target) == pytest.approx(
        published_amex(target, np.argsort(-score)), abs=1e-12
    )


def test_at_the_boundary_no_good_is_passed_over() -> None:
    """W = 529, so 21 are looked at: a bad and a good (20); the bad below them is not among them."""
    target = np.array([1, 0, *[1] * 8, *[0] * 25])
    score = np.linspace(1, 0, target.size)
    assert amex(score, target) == pytest.approx(published_amex(target, np.argsort(-score)))


def test_the_ranking_part_is_its_mean_over_all_orders_of_a_tie() -> None:
    """Nobody is looked at (D = 0), so the whole metric is; 120 orders of five tied rows."""
    target = np.array([0, 1, 1, 0, 1])
    rest = np.array([0, 1])  # below the tie
    both = np.concatenate([target, rest])
    orders = [np.array([*order, 5, 6]) for order in permutations(range(5))]
    found = np.mean([_ranking_part(both, order) for order in orders])
    score = np.array([0.5] * 5 + [0.2, 0.1])
    total = 20 * 3 + 4
    g = (2 * auc(score, both) - 1 - 19 / total) / (1 - 19 / total)
    assert g == pytest.approx(found, abs=1e-12)


def _ranking_part(target: np.ndarray, order: np.ndarray) -> float:
    y = target[order]
    weight = np.where(y == 0, 20.0, 1.0)
    looked_at = np.cumsum(weight) <= int(0.04 * weight.sum())
    return 2 * published_amex(target, order) - float(y[looked_at].sum() / y.sum())


def test_a_tie_on_the_boundary_is_shared() -> None:
    """Everybody ties: 4 % of the weight (floored) have 4 % of the bads, and G is below 0."""
    target = np.array([0] * 10 + [1] * 50)  # W = 250, of which 10 are looked at
    g = (-19 / 250) / (1 - 19 / 250)
    assert amex(np.zeros(60), target) == pytest.approx(0.5 * (g + 10 / 250))


@settings(deadline=None, max_examples=100)
@given(st.integers(2, 60), st.integers(1, 9), st.integers(0, 9_999))
def test_the_order_of_rows_does_not_matter(rows: int, levels: int, seed: int) -> None:
    score, target, _ = sample(rows, levels, seed)
    order = np.random.default_rng(seed).permutation(rows)
    assert amex(score[order], target[order]) == amex(score, target)


@settings(deadline=None, max_examples=100)
@given(st.integers(2, 40), st.integers(1, 50), st.integers(0, 9_999))
def test_a_weight_is_as_many_rows_alike(rows: int, levels: int, seed: int) -> None:
    score, target, _ = sample(rows, levels, seed)
    times = np.random.default_rng(seed).integers(1, 5, rows)
    repeated = amex(np.repeat(score, times), np.repeat(target, times))
    assert amex(score, target, times) == pytest.approx(repeated, abs=1e-12)


def test_weights_that_count_no_customers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must count customers for amex; 20 N \+ P is only 10.5"):
        amex([0.1, 0.2], [0, 1], [0.5, 0.5])
