"""Metrics against scikit-learn, and what they refuse."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import sample
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve

from engine.metrics import Ranking, auc, brier, calibration_table, capture, gini, ks, lift, tie_mass
from engine.metrics import log_loss as our_log_loss

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
    assert our_log_loss(score, target, weights) == pytest.approx(
        log_loss(target, score, sample_weight=weights), abs=1e-12
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_a_float32_score_is_used_as_it_is(weighted):
    score, target, weights = sample(5_000, 3_000, 4, weighted=weighted)
    narrow = score.astype(np.float32)
    ranking = Ranking.of(narrow, target, weights)
    wide = Ranking.of(narrow.astype(np.float64), target, weights)
    for one, other in zip(ranking.levels, wide.levels, strict=True):
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("weighted", [False, True])
def test_the_roc_curve_is_that_of_scikit_learn(weighted):
    score, target, weights = sample(300, 40, 4, weighted=weighted)
    found = Ranking.of(score, target, weights).roc()
    expected = roc_curve(target, score, sample_weight=weights, drop_intermediate=False)
    for one, other in zip(found, expected, strict=True):
        assert one == pytest.approx(other, abs=1e-12)


def test_lift_and_capture_by_hand():
    """Ten customers of two bads; the tie at 0.7 is shared in proportion."""
    score = [0.9, 0.7, 0.7, 0.5, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0]
    target = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert capture(score, target, shares=(0.1, 0.2, 0.3, 1.0)) == pytest.approx(
        {0.1: 0.5, 0.2: 0.75, 0.3: 1.0, 1.0: 1.0}
    )
    assert lift(score, target, shares=(0.1, 0.2, 0.3, 1.0)) == pytest.approx(
        {0.1: 5.0, 0.2: 3.75, 0.3: 1 / 0.3, 1.0: 1.0}
    )
    assert list(lift(score, target)) == [0.01, 0.05, 0.1, 0.2]
    assert capture(score, target, [1, 0, 4, 0, 0, 0, 0, 0, 0, 0], shares=[0.2]) == {0.2: 1.0}


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, np.nan])
def test_a_share_must_be_one(share):
    with pytest.raises(ValueError, match="a share must lie in"):
        lift([0.1, 0.2], [0, 1], shares=[share])


def test_tie_mass_counts_what_goods_and_bads_share():
    assert tie_mass([0.1, 0.1, 0.2, 0.2, 0.3], [0, 0, 0, 1, 1]) == pytest.approx(0.4)
    assert tie_mass([0.1, 0.2], [0, 1]) == 0.0
    assert tie_mass([0.3, 0.3], [0, 1]) == 1.0
    assert tie_mass([0.2, 0.2, 0.5], [0, 1, 1], [1.0, 2.0, 5.0]) == pytest.approx(3 / 8)
    assert tie_mass([0.2, 0.2, 0.5], [0, 1, 1], [1.0, 0.0, 5.0]) == 0.0


def test_zeros_are_equal_whatever_their_sign():
    assert auc([-0.0, 0.0], [0, 1]) == auc([0.0, -0.0], [0, 1]) == 0.5


def test_log_loss_of_who_was_sure_and_wrong_is_finite():
    assert our_log_loss([0.0, 0.0], [0, 1]) == pytest.approx(26 * np.log(2), rel=1e-12)


def test_calibration_by_weight():
    score, weights = [0.1, 0.2, 0.3, 0.4], [1.0, 1.0, 1.0, 3.0]
    rows = calibration_table(score, [0, 1, 0, 1], 2, weights)
    assert [row["customers"] for row in rows] == [2, 2]
    rows = calibration_table(score, [0, 1, 0, 1], 2, weights, by_weight=True)
    assert [row["customers"] for row in rows] == [3, 1]
    assert [row["weight"] for row in rows] == [3.0, 3.0]


def test_auc_counts_a_tie_as_half_a_win():
    # pairs (bad, good): 0.5 over 0.2 won, 0.5 with 0.5 tied, 0.2 with 0.2 tied, 0.2 under 0.5 lost
    assert auc([0.2, 0.5, 0.5, 0.2], [0, 0, 1, 1]) == 0.5
    assert auc([0.3, 0.3], [0, 1]) == 0.5
    assert auc([0.1, 0.9], [0, 1]) == 1.0
    assert gini([0.9, 0.1], [0, 1]) == -1.0


@pytest.mark.parametrize("scale", [1e-100, 1e-99, 1e96, 4e98])
def test_weights_of_any_allowed_size_rank_alike(scale):
    score, target, weights = sample(300, 20, 3, weighted=True)
    weights = (weights + 1.0) * scale
    for metric in (auc, gini, ks, tie_mass, brier):
        assert metric(score, target, weights) == pytest.approx(
            metric(score, target, weights / scale), rel=1e-12
        )


def test_no_share_is_above_one():
    """Weighted sums in two orders round in two ways: by 4e-16 before they were bounded."""
    for seed in range(300):
        rows = 4 + seed % 37
        score, target = np.arange(rows), np.arange(rows) >= rows // 2
        weights = np.random.default_rng(seed).random(rows)
        assert auc(score, target, weights) <= 1.0
        assert gini(score, target, weights) <= 1.0
        assert capture(score, target, weights, [1.0])[1.0] == 1.0
        tied = np.repeat(score, 2), np.tile([0, 1], rows), np.repeat(weights, 2)
        assert tie_mass(*tied) <= 1.0


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 300))
def test_without_weights_there_is_one_rounding(seed, rows):
    """Of Gini too, where twice the AUC less 1 would keep few digits."""
    score, target, _ = sample(rows, 40, seed)
    bads, goods = score[target == 1][:, None], score[target == 0]
    lead = int((bads > goods).sum()) - int((bads < goods).sum())
    pairs = bads.size * goods.size
    assert gini(score, target) == float(Fraction(lead, pairs))
    assert auc(score, target) == float(Fraction(lead + pairs, 2 * pairs))


def test_ks_does_not_look_inside_a_tie():
    assert ks([0.3, 0.3, 0.3], [0, 1, 1]) == 0.0
    assert ks([0.1, 0.9, 0.9], [0, 1, 1]) == 1.0


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whole_number_weights_are_repeated_rows(data):
    rows = data.draw(st.integers(2, 30))
    seed = data.draw(st.integers(0, 10_000))
    score, target, _ = sample(rows, 5, seed)
    times = np.random.default_rng(seed).integers(1, 4, rows)
    repeated = np.repeat(score, times), np.repeat(target, times)
    for metric in (auc, ks, brier, our_log_loss, tie_mass):
        assert metric(score, target, times) == pytest.approx(metric(*repeated), abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 200), st.integers(1, 40))
def test_row_order_does_not_matter(seed, rows, levels):
    score, target, _ = sample(rows, levels, seed)
    order = np.random.default_rng(seed).permutation(rows)
    for metric in (auc, ks, brier, our_log_loss, tie_mass):
        assert metric(score[order], target[order]) == metric(score, target)
    rows_here = calibration_table(score[order], target[order], bins=5)
    for a, b in zip(rows_here, calibration_table(score, target, bins=5), strict=True):
        assert a == pytest.approx(b, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 300), st.integers(1, 50), st.integers(1, 20))
def test_calibration_bins_hold_every_row_once_and_split_no_tie(seed, rows, levels, bins):
    score, target, _ = sample(rows, levels, seed)
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


@pytest.mark.parametrize("metric", [auc, gini, ks, lift, brier, calibration_table])
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


@pytest.mark.parametrize("metric", [auc, gini, ks, lift, capture])
def test_one_class_is_refused(metric):
    with pytest.raises(ValueError, match=r"one class only: all 3 rows with weight are good \(0\)"):
        metric([0.1, 0.2, 0.3], [0, 0, 0])
    with pytest.raises(ValueError, match=r"are bad \(1\)"):
        metric([0.1, 0.2], [1, 0], weights=[1.0, 0.0])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0], "weights has 1"),
        ([1.0, -1.0], "must be 0 or lie between 1e-100 and 1e\\+100; 1 of 2"),
        ([1.0, np.inf], "must be 0 or lie"),
        ([1.0, np.nan], "must be 0 or lie"),
        ([1e-101, 5e-324], "2 of 2 rows"),
        ([1e101, 1e308], "2 of 2 rows"),
        ([1j, 1.0], "must be numbers, not complex128"),
        ([0.0, 0.0], "all 0"),
    ],
)
def test_bad_weights_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        brier([0.1, 0.2], [0, 1], weights)


def test_probabilities_and_bins_are_checked():
    with pytest.raises(ValueError, match=r"outside \[0, 1\]"):
        brier([0.1, 1.5], [0, 1])
    with pytest.raises(ValueError, match=r"2 rows lie outside \[0, 1\]"):
        our_log_loss([-0.1, 0.5, np.inf], [0, 1, 0])
    with pytest.raises(ValueError, match="at least 1"):
        calibration_table([0.1, 0.2], [0, 1], bins=0)
    assert auc([-np.inf, np.inf], [0, 1]) == 1.0  # any order will do for ranking
