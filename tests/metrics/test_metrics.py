"""Metrics against scikit-learn, and what they refuse."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

from engine.metrics import auc, brier, calibration_table, gini, ks


def sample(rows: int, levels: int, seed: int, weighted: bool):
    """Scores in [0, 1] on ``levels`` distinct values, so ties abound where levels << rows."""
    rng = np.random.default_rng(seed)
    score = rng.integers(0, levels, rows) / levels
    target = (rng.random(rows) < 0.1 + 0.6 * score).astype(np.int64)
    target[:2] = 0, 1
    return score, target, rng.random(rows) * 20 if weighted else None


CASES = [
    (rows, levels, weighted)
    for rows in (2, 3, 257, 10_000)
    for levels in (1, 2, 7, 1_000_000)
    for weighted in (False, True)
]


@pytest.mark.parametrize(("rows", "levels", "weighted"), CASES)
def test_agrees_with_scikit_learn(rows, levels, weighted):
    score, target, weights = sample(rows, levels, seed=rows + levels, weighted=weighted)
    expected = roc_auc_score(target, score, sample_weight=weights)
    false_bad, true_bad, _ = roc_curve(
        target, score, sample_weight=weights, drop_intermediate=False
    )
    assert auc(score, target, weights) == pytest.approx(expected, abs=1e-12)
    assert gini(score, target, weights) == pytest.approx(2 * expected - 1, abs=1e-12)
    assert ks(score, target, weights) == pytest.approx(
        np.abs(true_bad - false_bad).max(), abs=1e-12
    )
    assert brier(score, target, weights) == pytest.approx(
        brier_score_loss(target, score, sample_weight=weights), abs=1e-12
    )


def test_auc_counts_a_tie_as_half_a_win():
    # pairs (bad, good): 0.5 over 0.2 won, 0.5 with 0.5 tied, 0.2 with 0.2 tied, 0.2 under 0.5 lost
    assert auc([0.2, 0.5, 0.5, 0.2], [0, 0, 1, 1]) == 0.5
    assert auc([0.3, 0.3], [0, 1]) == 0.5
    assert auc([0.1, 0.9], [0, 1]) == 1.0
    assert gini([0.9, 0.1], [0, 1]) == -1.0


def test_ks_does_not_look_inside_a_tie():
    assert ks([0.3, 0.3, 0.3], [0, 1, 1]) == 0.0
    assert ks([0.1, 0.9, 0.9], [0, 1, 1]) == 1.0


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whole_number_weights_are_repeated_rows(data):
    rows = data.draw(st.integers(2, 30))
    seed = data.draw(st.integers(0, 10_000))
    score, target, _ = sample(rows, 5, seed, weighted=False)
    times = np.random.default_rng(seed).integers(1, 4, rows)
    repeated = np.repeat(score, times), np.repeat(target, times)
    for metric in (auc, ks, brier):
        assert metric(score, target, times) == pytest.approx(metric(*repeated), abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 200), st.integers(1, 40))
def test_row_order_does_not_matter(seed, rows, levels):
    score, target, _ = sample(rows, levels, seed, weighted=False)
    order = np.random.default_rng(seed).permutation(rows)
    for metric in (auc, ks):
        assert metric(score[order], target[order]) == metric(score, target)
    rows_here = calibration_table(score[order], target[order], bins=5)
    for a, b in zip(rows_here, calibration_table(score, target, bins=5), strict=True):
        assert a == pytest.approx(b, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 300), st.integers(1, 50), st.integers(1, 20))
def test_calibration_bins_hold_every_row_once_and_split_no_tie(seed, rows, levels, bins):
    score, target, _ = sample(rows, levels, seed, weighted=False)
    table = calibration_table(score, target, bins=bins)
    assert [row["bin"] for row in table] == list(range(1, len(table) + 1))
    assert len(table) <= bins
    assert sum(row["customers"] for row in table) == rows
    assert sum(row["bads"] for row in table) == target.sum()
    for before, after in pairwise(table):
        assert before["max_score"] < after["min_score"]
    for row in table:
        inside = (score >= row["min_score"]) & (score <= row["max_score"])
        assert inside.sum() == row["customers"]
        assert row["mean_score"] == pytest.approx(score[inside].mean())
        assert row["bad_rate"] == pytest.approx(target[inside].mean())


def test_calibration_of_distinct_scores_has_equal_bins():
    score = np.linspace(0, 1, 1003)
    table = calibration_table(score, score > 0.5)
    assert {row["customers"] for row in table} == {100, 101}


def test_calibration_leaves_out_rows_of_weight_zero_and_weights_the_rest():
    table = calibration_table([0.1, 0.2, 0.9], [0, 1, 1], bins=1, weights=[3.0, 1.0, 0.0])
    assert table[0] == {
        "bin": 1,
        "customers": 2,
        "bads": 1,
        "weight": 4.0,
        "min_score": 0.1,
        "max_score": 0.2,
        "mean_score": pytest.approx(0.125),
        "bad_rate": 0.25,
    }


@pytest.mark.parametrize("metric", [auc, gini, ks, brier, calibration_table])
@pytest.mark.parametrize(
    ("score", "target", "message"),
    [
        ([0.1, np.nan, 0.3], [0, 1, 0], r"missing \(NaN\) in 1 of 3"),
        ([0.1, 0.2], [0, 2], "1 of 2 rows hold something else"),
        ([0.1, 0.2], [0, np.nan], "must be 0 or 1"),
        ([0.1, 0.2], [0, 1, 1], "2 rows, target has 3"),
        ([], [], "empty"),
        ([[0.1]], [[1]], "one dimension"),
    ],
)
def test_bad_input_is_refused(metric, score, target, message):
    with pytest.raises(ValueError, match=message):
        metric(score, target)


@pytest.mark.parametrize("metric", [auc, gini, ks])
def test_one_class_is_refused(metric):
    with pytest.raises(ValueError, match=r"one class only: all 3 rows with weight are good \(0\)"):
        metric([0.1, 0.2, 0.3], [0, 0, 0])
    with pytest.raises(ValueError, match=r"are bad \(1\)"):
        metric([0.1, 0.2], [1, 0], weights=[1.0, 0.0])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0], "weights has 1"),
        ([1.0, -1.0], "finite and >= 0; 1 of 2"),
        ([1.0, np.inf], "finite"),
        ([0.0, 0.0], "all 0"),
    ],
)
def test_bad_weights_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        brier([0.1, 0.2], [0, 1], weights)


def test_probabilities_and_bins_are_checked():
    with pytest.raises(ValueError, match=r"outside \[0, 1\]"):
        brier([0.1, 1.5], [0, 1])
    with pytest.raises(ValueError, match="at least 1"):
        calibration_table([0.1, 0.2], [0, 1], bins=0)
    assert auc([-np.inf, np.inf], [0, 1]) == 1.0  # any order will do for ranking
