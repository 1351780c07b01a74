"""Bins are the best there are, by trying all; weights of evidence are as defined."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.fit.scorecard.columns.binning import FINE_CLASSES, Classes, best_ends, fine_classes
from engine.fit.scorecard.columns.woe import SMOOTHING, BinnedColumn, evidence, fit_binned
from engine.fit.scorecard.rows import Outcome
from engine.fit.scorecard_config import BinningConfig


def worth(classes: Classes, ends, least: float, config: BinningConfig) -> float:
    """The criterion of a partition, -inf where it is not allowed; the definition, bin by bin."""
    total, rates = 0.0, []
    weight = classes.events.sum() + classes.others.sum()
    for lo, hi in pairwise(ends):
        events, others = classes.events[lo:hi].sum(), classes.others[lo:hi].sum()
        if len(ends) > 2 and (events + others < least or not events or not others):
            return -np.inf
        rates.append(events / (events + others))
        for part in (events, others):
            total += part * np.log(part / (events + others)) if part else 0.0
        total -= np.log(weight) / 2
    steps = np.diff(rates)
    if config.monotone and not ((steps >= 0).all() or (steps <= 0).all()):
        return -np.inf
    return total


counts = st.integers(min_value=0, max_value=60)


@settings(max_examples=150)
@given(
    st.lists(st.tuples(counts, counts), min_size=1, max_size=7).filter(
        lambda found: sum(a for a, _ in found) and sum(b for _, b in found)
    ),
    st.integers(2, 6),
    st.sampled_from([0.01, 0.1, 0.3]),
    st.booleans(),
)
def test_no_other_bins_are_better(found, most_bins, share, monotone):
    events, others = np.array(found, dtype=float).T
    classes = Classes(np.arange(len(found), dtype=float), events, others)
    config = BinningConfig(most_bins=most_bins, least_share=share, monotone=monotone)
    least = share * float(events.sum() + others.sum())
    all_of_them = [
        worth(classes, (0, *cuts, len(found)), least, config)
        for bins in range(min(most_bins, len(found)))
        for cuts in combinations(range(1, len(found)), bins)
    ]
    ends = best_ends(classes, least, config)
    assert len(ends) - 1 <= most_bins
    assert worth(classes, ends, least, config) == pytest.approx(max(all_of_them), abs=1e-9)


def sample(size=3000, seed=1):
    """A number whose bad rate falls and rises, and the outcome."""
    random = np.random.default_rng(seed)
    values = random.normal(size=size).round(2)
    event = (random.random(size) < 0.1 + 0.2 * np.abs(values).clip(max=2)).astype(float)
    weight = random.integers(0, 3, size).astype(float)
    return values, Outcome(event, weight, np.zeros(size))


FREE, MONOTONE = BinningConfig(monotone=False), BinningConfig(monotone=True)


def fitted(values, outcome, config=FREE) -> BinnedColumn:
    column = fit_binned("x", values, outcome, config)
    assert column is not None
    return column


@given(st.integers(0, 50))
@settings(max_examples=20)
def test_rules_hold_on_the_rows_themselves(seed):
    values, outcome = sample(seed=seed)
    for config in (FREE, MONOTONE):
        column = fitted(values, outcome, config)
        place = np.searchsorted(column.edges, values)
        weights = np.bincount(place, outcome.weight)
        events = np.bincount(place, outcome.weight * outcome.event)
        assert len(weights) == len(column.woe) <= config.most_bins
        assert weights.min() >= config.least_share * outcome.weight.sum()
        assert events.min() > 0
        assert (weights - events).min() > 0
        rate = outcome.weight @ outcome.event / outcome.weight.sum()
        smooth = (events + SMOOTHING * rate) / (weights + SMOOTHING)
        woe = np.log(smooth / (1 - smooth)) - np.log(rate / (1 - rate))
        np.testing.assert_allclose(column.woe, woe, rtol=1e-10)
        if config.monotone:
            assert (np.diff(column.woe) > 0).all() or (np.diff(column.woe) < 0).all()


def test_a_weight_of_two_is_the_row_twice():
    values, outcome = sample()
    twice = np.repeat(np.arange(len(values)), outcome.weight.astype(int))
    alone = Outcome(outcome.event[twice], np.ones(len(twice)), np.zeros(len(twice)))
    assert fitted(values, outcome) == fitted(values[twice], alone)


def test_the_order_of_rows_does_not_matter():
    values, outcome = sample()
    order = np.random.default_rng(2).permutation(len(values))
    shuffled = Outcome(*(part[order] for part in outcome))
    assert fitted(values, outcome) == fitted(values[order], shuffled)


def test_the_other_class_as_the_event_turns_the_signs():
    values, outcome = sample()
    column = fitted(values, outcome)
    other = fitted(values, outcome._replace(event=1 - outcome.event))
    assert other.edges == column.edges
    np.testing.assert_allclose(other.woe, np.negative(column.woe), atol=1e-12)


def test_direction_is_the_better_one():
    values, outcome = sample()
    rising = fitted(np.abs(values), outcome, MONOTONE)
    falling = fitted(-np.abs(values), outcome, MONOTONE)
    assert (np.diff(rising.woe) > 0).all()
    assert (np.diff(falling.woe) < 0).all()
    assert len(rising.woe) == len(falling.woe) > 2
    assert len(fitted(values, outcome, FREE).woe) > 2, "falls, then rises"


def test_months_late_keep_their_own_bins():
    """0 for most, whole numbers above: each that tells something is a bin."""
    random = np.random.default_rng(3)
    months = random.choice([0.0, 1.0, 2.0, 3.0], 5000, p=[0.75, 0.15, 0.06, 0.04])
    event = (random.random(5000) < 0.05 + 0.2 * months).astype(float)
    outcome = Outcome(event, np.ones(5000), np.zeros(5000))
    column = fitted(months, outcome, MONOTONE)
    assert column.edges == (0.0, 1.0, 2.0)
    assert column.of(pl.Series([0.0, 1.0, 2.0, 3.0, 9.0])).tolist() == [*column.woe, column.woe[3]]


def test_missing_values_have_a_bin_where_they_are_many():
    values, outcome = sample()
    random = np.random.default_rng(4)
    many = np.where(random.random(len(values)) < 0.3 * (0.5 + outcome.event), np.nan, values)
    column = fitted(many, outcome)
    gone = np.isnan(many)
    bins = [[outcome.weight[gone] @ outcome.event[gone]], [outcome.weight[gone].sum()]]
    odds = bins[0][0] / (bins[1][0] - bins[0][0])
    total = outcome.weight @ outcome.event
    base = total / (outcome.weight.sum() - total)
    assert column.missing == pytest.approx(np.log(odds / base), abs=0.01)
    assert column.missing > 0.2
    few = values.copy()
    few[:20] = np.nan
    assert fitted(few, outcome).missing == 0
    series = pl.Series("x", [None, float("nan"), 0.0])
    assert column.of(series)[:2].tolist() == [column.missing] * 2


def test_known_or_missing_is_a_feature():
    values, outcome = sample()
    known = np.where(outcome.event * (values > 0) > 0, np.nan, 5.0)
    column = fitted(known, outcome)
    assert column.of(pl.Series([5.0, None, 7.0])).tolist() == [
        column.woe[0],
        column.missing,
        column.woe[0],
    ]
    assert column.missing > 1 > 0 > column.woe[0]


def test_missing_or_not_that_tells_nothing_is_no_column():
    event = np.tile([0.0, 0.0, 1.0], 100)
    outcome = Outcome(event, np.ones(300), np.zeros(300))
    values = np.repeat([5.0, np.nan], 150)
    assert fit_binned("x", values, outcome, FREE) is None


def test_too_few_known_values_are_one_bin():
    values, outcome = sample()
    rare = np.where(np.arange(len(values)) < 40, outcome.event, np.nan)
    rare[:4] = 1 - rare[:4]
    column = fitted(rare, outcome)
    assert len(set(column.woe)) == 1


def test_noise_is_one_bin_so_no_column():
    random = np.random.default_rng(5)
    outcome = Outcome((random.random(4000) < 0.3).astype(float), np.ones(4000), np.zeros(4000))
    assert fit_binned("x", random.normal(size=4000), outcome, FREE) is None


def test_weights_of_evidence_of_a_hand_computed_table():
    bins = np.array([[30.0, 20.0], [100.0, 350.0]])
    woe = evidence(bins)
    rough = np.log([(30 / 50) / (100 / 450), (20 / 50) / (350 / 450)])
    np.testing.assert_allclose(woe, rough, atol=0.02)  # smoothing moves them a little, to 0
    assert (np.abs(woe) < np.abs(rough)).all()


def test_fine_classes_hold_about_equal_weight_and_share_no_value():
    values, outcome = sample(size=20_000)
    classes = fine_classes(values, outcome.event, outcome.weight)
    weight = classes.events + classes.others
    assert FINE_CLASSES / 2 < len(weight) <= FINE_CLASSES
    assert weight.max() < 2 * outcome.weight.sum() / FINE_CLASSES
    assert (np.diff(classes.upper) > 0).all()
    assert weight.sum() == outcome.weight.sum()
