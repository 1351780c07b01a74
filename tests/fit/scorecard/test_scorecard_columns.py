"""Columns of the design matrix: what a scorecard JSON makes of them is what the fit saw."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from engine.errors import DataError
from engine.fit.scorecard.columns import design_matrix, dropped_features, fit_columns
from engine.fit.scorecard.rows import Outcome
from engine.fit.scorecard_config import BinningConfig, ScorecardFitConfig
from engine.score import load_model


def config(**keys) -> ScorecardFitConfig:
    return ScorecardFitConfig(model="card", **keys)


WAYS = {
    "standardise": config(),
    "normalise": config(scaling="normalise"),
    "none": config(scaling="none"),
    "bins": config(binning=BinningConfig()),
    "bins, monotone": config(binning=BinningConfig(monotone=True)),
}


def population(size=2000, seed=1) -> tuple[pl.DataFrame, Outcome]:
    """Five features, one of them mostly missing, and an event that depends on four."""
    random = np.random.default_rng(seed)
    amount = random.lognormal(8, 1, size)
    months = random.integers(0, 6, size).astype(float)
    share = random.beta(2, 5, size)
    rare = np.where(random.random(size) < 0.7, np.nan, random.normal(size=size))
    z = -2 + 0.5 * months - 0.3 * np.log(amount / 3000) + 2 * share + 0.6 * np.isnan(rare)
    event = (random.random(size) < 1 / (1 + np.exp(-z))).astype(float)
    rows = pl.DataFrame(
        {"amount": amount, "months": months, "share": share, "rare": rare, "large": 1e9 + amount},
        nan_to_null=True,
    )
    return rows, Outcome(event, random.integers(0, 3, size).astype(float), np.zeros(size))


@pytest.fixture(params=WAYS, scope="module")
def fitted(request):
    rows, outcome = population()
    return rows, outcome, fit_columns(rows, rows.columns, outcome, WAYS[request.param])


def test_the_product_scores_what_was_fitted(fitted, tmp_path):
    rows, _, columns = fitted
    random = np.random.default_rng(3)
    coefficients = random.normal(size=len(columns))
    entries = [c.entry(b) for c, b in zip(columns, coefficients, strict=True)]
    card = {"kind": "scorecard", "features": entries, "intercept": -0.4}
    (tmp_path / "card.json").write_text(json.dumps(card))
    unseen, _ = population(seed=2)
    unseen = pl.concat([rows, unseen, unseen.select(pl.all() * 3.7), unseen.head(3).clear(3)])
    expected = -0.4 + design_matrix(columns, unseen) @ coefficients
    found = load_model(tmp_path / "card.json").predict(unseen, raw_score=True)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_a_standardised_column_has_mean_0_and_variance_1():
    rows, outcome = population()
    X = design_matrix(fit_columns(rows, rows.columns, outcome, config()), rows)
    mean = np.average(X, axis=0, weights=outcome.weight)
    np.testing.assert_allclose(mean, 0, atol=1e-7)  # 1e9 of the last column is worth 1e-7 of 1
    variance = np.average((X - mean) ** 2, axis=0, weights=outcome.weight)
    np.testing.assert_allclose(variance, 1, rtol=1e-9)


@pytest.mark.parametrize("way", WAYS)
def test_rows_of_weight_0_do_not_count(way):
    rows, outcome = population()
    strange = pl.when(pl.lit(outcome.weight == 0)).then(pl.all() * -50).otherwise(pl.all())
    there = outcome.weight > 0
    without = fit_columns(
        rows.filter(there), rows.columns, Outcome(*(part[there] for part in outcome)), WAYS[way]
    )
    assert (
        fit_columns(rows.select(strange.name.keep()), rows.columns, outcome, WAYS[way]) == without
    )


def test_a_feature_that_tells_nothing_is_dropped_with_a_reason():
    rows, outcome = population()
    rows = rows.with_columns(
        pl.lit(None, pl.Float64).alias("empty"),
        pl.lit(3.0).alias("same"),
        pl.when(pl.col("rare").is_null()).then(None).otherwise(2.0).alias("known or not"),
    )
    for way in WAYS.values():
        columns = fit_columns(rows, rows.columns, outcome, way)
        dropped = dropped_features(rows, rows.columns, columns)
        assert dropped.pop("empty") == "null in every training row"
        assert dropped.pop("same") == "the same in every training row"
        if way.binning:
            assert not dropped, "missing or not is a bin"
        else:
            assert dropped.pop("known or not").startswith("the same in every training row that")
        assert not dropped


@pytest.mark.parametrize("way", WAYS)
def test_nothing_left_is_an_error(way):
    rows, outcome = population()
    with pytest.raises(DataError, match="none of 1 features can train a scorecard") as caught:
        fit_columns(rows.with_columns(pl.lit(1.0).alias("one")), ["one"], outcome, WAYS[way])
    assert caught.value.exit_code == 65


def test_one_class_or_no_weight_is_an_error():
    rows, outcome = population()
    with pytest.raises(DataError, match="one class only"):
        fit_columns(rows, rows.columns, outcome._replace(event=0 * outcome.event), config())
    with pytest.raises(DataError, match="one class only"):
        fit_columns(rows, rows.columns, outcome._replace(weight=outcome.event), config())
    with pytest.raises(DataError, match="weights of the training rows sum to zero"):
        fit_columns(rows, rows.columns, outcome._replace(weight=0 * outcome.weight), config())


def test_infinite_values_cannot_be_scaled_but_binned():
    rows, outcome = population()
    endless = rows.with_columns(
        pl.when(pl.col("months") == 5).then(np.inf).otherwise("months").alias("months")
    )
    with pytest.raises(DataError, match="infinite.*column months, rows"):
        fit_columns(endless, rows.columns, outcome, config())
    (column,) = fit_columns(endless, ["months"], outcome, WAYS["bins"])
    assert np.isfinite(column.edges).all()
    assert column.of(endless["months"]).max() == max(column.woe)


@pytest.mark.parametrize("way", ["standardise", "normalise", "none"])
@pytest.mark.parametrize(
    ("size", "message"), [(1e-320, "within 1e-100 of each other"), (1e200, "beyond 1e.100")]
)
def test_values_beyond_what_a_fit_can_square_are_refused(way, size, message):
    rows, outcome = population()
    extreme = rows.with_columns(pl.col("months").cast(pl.Float64) * size)
    settings = config(scaling=way)
    with pytest.raises(DataError, match=f"{message}.*column months, rows"):
        fit_columns(extreme, ["months"], outcome, settings)
