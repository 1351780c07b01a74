"""Fitting the PD model: the same bytes every time, honest parts, clear refusals."""

from __future__ import annotations

import json

import lightgbm as lgb
import numpy as np
import polars as pl
import pytest
from fit_cases import population, target_of

from engine.errors import BookError, DataError
from engine.fit import FitConfig, Target, TargetConfig, build_target, fit_pd
from engine.fit.calibrator import apply_calibrator, correct_prior
from engine.fit.split import split_customers
from engine.metrics import auc, brier

CONFIG = FitConfig(split_column="joined_on")
NAMES = ["risk", "utilisation", "noise", "segment", "constant", "empty", "joined_on"]


@pytest.fixture(scope="module")
def case():
    features, target = population()
    return features, target, fit_pd(features, target, NAMES, CONFIG)


def test_same_data_and_seed_give_the_same_bytes(case):
    features, target, first = case
    shuffled = features.sample(fraction=1.0, shuffle=True, seed=5)
    for again in (
        fit_pd(features, target, NAMES, CONFIG),
        fit_pd(shuffled, target, NAMES, CONFIG),
        fit_pd(features, target, NAMES, CONFIG, num_threads=2),
    ):
        assert again.model_text == first.model_text
        assert again.calibrator == first.calibrator
        assert json.dumps(again.metrics) == json.dumps(first.metrics)
    other = fit_pd(features, target, NAMES, CONFIG.model_copy(update={"seed": 43}))
    assert other.model_text != first.model_text


def test_the_reported_figures_are_of_the_held_out_rows(case):
    features, target, fitted = case
    parts = split_customers(features, key="customer_id", config=CONFIG)["part"]
    mine = (parts == "heldout").to_numpy()
    booster = lgb.Booster(model_str=fitted.model_text)
    X = features.select(booster.feature_name()).to_numpy()[mine]
    raw = booster.predict(X)
    truth = target.frame["target"].to_numpy()[mine]
    reported = fitted.metrics["parts"]["heldout"]
    pd = apply_calibrator(fitted.calibrator, raw)
    assert reported["customers"] == mine.sum()
    assert reported["bads"] == truth.sum()
    assert reported["auc"] == auc(pd, truth)
    assert reported["raw_auc"] == auc(raw, truth)
    assert reported["brier"] == brier(pd, truth)
    assert 0.7 < reported["auc"] < 0.95
    assert reported["gini"] == pytest.approx(2 * reported["auc"] - 1)
    assert sum(row["customers"] for row in reported["calibration"]) == mine.sum()
    everywhere = target.frame["target"].mean()
    assert reported["mean_pd"] == pytest.approx(everywhere, rel=0.3)


def test_the_held_out_rows_change_neither_model_nor_calibrator(case):
    features, target, fitted = case
    parts = split_customers(features, key="customer_id", config=CONFIG)["part"]
    bad = target.frame["target"].to_numpy().astype(bool)
    flipped = np.where((parts == "heldout").to_numpy(), np.roll(bad, 1), bad)
    again = fit_pd(features, target_of(flipped), NAMES, CONFIG)
    assert again.model_text == fitted.model_text
    assert again.calibrator == fitted.calibrator
    assert again.metrics["parts"]["heldout"] != fitted.metrics["parts"]["heldout"]


def test_useless_columns_are_dropped_with_a_reason(case):
    _, _, fitted = case
    assert fitted.metrics["dropped_features"] == {
        "segment": "not a number: String",
        "constant": "the same in every training row",
        "empty": "null in every training row",
    }
    assert lgb.Booster(model_str=fitted.model_text).feature_name() == [
        "risk",
        "utilisation",
        "noise",
    ]
    assert sum(fitted.metrics["gain_share"].values()) == pytest.approx(1.0)
    assert fitted.metrics["split"]["by"] == "joined_on"
    json.dumps(fitted.metrics, allow_nan=False)


@pytest.mark.parametrize("kind", ["isotonic", "platt"])
def test_a_prior_correction_brings_the_pd_to_the_books_level(kind):
    """Goods sampled 1 in k: after correction and calibrator the mean PD is that of the book."""
    k = 20.0
    features, target = population(20_000, bad_share=0.05)
    bad = target.frame["target"].to_numpy().astype(bool)
    kept = bad | (np.arange(len(bad)) % int(k) == 0)
    few = features.filter(kept)
    sampled = Target(target.key, target.frame.filter(kept), target.counts)
    config = FitConfig(seed=3)
    fitted = fit_pd(few, sampled, NAMES[:3], config, prior_correction=k, calibrator_kind=kind)
    booster = lgb.Booster(model_str=fitted.model_text)
    raw = booster.predict(features.select(booster.feature_name()).to_numpy())
    pd = apply_calibrator(fitted.calibrator, correct_prior(raw, k))
    assert pd.mean() == pytest.approx(bad.mean(), rel=0.2)
    assert raw.mean() > 5 * bad.mean()
    heldout = fitted.metrics["parts"]["heldout"]
    assert heldout["bad_rate"] == pytest.approx(bad.mean(), rel=0.4)  # weighted back, too


def test_a_sample_is_drawn_and_customers_without_features_are_counted():
    features, target = population()
    config = FitConfig(sample=3_000)
    fitted = fit_pd(features.filter(pl.col("customer_id") % 10 > 0), target, NAMES[:3], config)
    assert fitted.metrics["customers_not_drawn"] == 1_000
    without = fitted.metrics["customers_without_features"]
    assert 250 < without < 350
    parts = fitted.metrics["parts"]
    assert sum(part["customers"] for part in parts.values()) == 3_000 - without


def test_too_few_bads_are_refused_with_counts():
    features, target = population(1_000, bad_share=0.01)
    with pytest.raises(DataError, match=r"at least 10 bad .* found train \d+ bad \d+ good"):
        fit_pd(features, target, NAMES, CONFIG)
    with pytest.raises(DataError, match="too few"):
        fit_pd(features, target_of(np.ones(1_000, dtype=bool)), NAMES, CONFIG)


def test_features_that_tell_nothing_are_refused():
    features, target = population()
    with pytest.raises(DataError, match="none of 2 features can train"):
        fit_pd(features, target, ["constant", "segment"], CONFIG)
    rare = features.with_columns(rare=(pl.col("customer_id") < 3).cast(pl.Float64))
    with pytest.raises(DataError, match="no split separates|the same|none of"):
        fit_pd(rare, target, ["rare"], CONFIG)


def test_names_are_checked():
    features, target = population(500)
    with pytest.raises(BookError, match="did you mean 'risk'"):
        fit_pd(features, target, ["rsk"], CONFIG)
    with pytest.raises(BookError, match="did you mean 'joined_on'"):
        fit_pd(features, target, ["risk"], FitConfig(split_column="joined_n"))
    features, target = population()
    blank = features.rename({"risk": "the risk"})
    with pytest.raises(BookError, match="'the risk': a model file cannot hold blanks"):
        fit_pd(blank, target, ["the risk"], CONFIG)
    with pytest.raises(BookError, match="rename it"):
        fit_pd(features.rename({"noise": "target"}), target, ["risk"], CONFIG)


def test_a_whole_book_from_labels_to_model():
    """build_target's own output trains as it is."""
    features, target = population()
    customers = features.select("customer_id").with_columns(bad=target.frame["target"])
    built = build_target(TargetConfig(column="bad"), customers, None, key="customer_id")
    assert built.frame.equals(target.frame)
    assert fit_pd(features, built, NAMES, CONFIG).metrics["target"]["bad"] == built.counts["bad"]
