"""What no scorecard can be fitted on: one clear error each."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scorecard_cases import KEY, fit, population, target_of

from engine.errors import BookError, DataError
from engine.fit import FitConfig


def refused(error, says, **changes):
    with pytest.raises(error, match=says):
        fit(**changes)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {"features": ("dept",)},
            "fit.scorecard.features: .* no column 'dept'; did you mean 'debt'",
        ),
        ({"features": ("town",)}, "fit.scorecard.features: 'town' is not a number: String"),
        ({"leave_out": ("noisy",)}, "fit.scorecard.leave_out: .* did you mean 'noise'"),
        ({"weights": "copy"}, "fit.scorecard.weights: .* did you mean 'copies'"),
        ({"offset": "joined_on"}, "fit.scorecard.offset: 'joined_on' is not a number: Date"),
        ({"names": ("town",)}, "no feature to choose from"),
    ],
)
def test_names(settings, says):
    refused(BookError, says, **settings)


def test_a_text_may_be_left_out():
    assert "town" not in fit(leave_out=("town", "noise")).report["dropped_features"]


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("copies", None, r"fit.scorecard.weights: missing or infinite \(column copies, rows 7\)"),
        ("copies", -1.0, r"fit.scorecard.weights: below 0 \(column copies, rows 7\)"),
        ("copies", float("inf"), r"weights: missing or infinite \(column copies, rows 7\)"),
        ("prior", None, r"fit.scorecard.offset: missing or infinite \(column prior, rows 7\)"),
        ("debt", float("inf"), r"infinite \(column debt, rows 7\)"),
    ],
)
def test_numbers(column, value, says):
    features, target = population()
    few = pl.when(pl.col(KEY) < 7).then(pl.lit(value)).otherwise(pl.col(column))
    roles = {"weights": "copies", "offset": "prior"}
    wrong = features.with_columns(few.alias(column))
    refused(DataError, says, rows=wrong, target=target, **roles)


def test_weights_that_sum_to_zero():
    features, target = population()
    none = features.with_columns(copies=pl.lit(0.0))
    says = "the weights of the part 'train' sum to zero"
    refused(DataError, says, rows=none, target=target, weights="copies")


def test_one_class_or_too_few_of_it():
    features, target = population()
    ones = np.ones(features.height, dtype=bool)
    refused(DataError, r"at least 10 bad and 10 good .* 0 good", target=target_of(ones))
    few = ~ones
    few[::400] = True
    refused(DataError, r"fit.least_bads.*found train \d bad \d+ good", target=target_of(few))
    weightless = features.with_columns(copies=1.0 - target.frame["target"].cast(pl.Float64))
    says = "found train 0 bad"
    refused(DataError, says, rows=weightless, target=target, weights="copies")


def test_more_features_than_rows():
    features, _ = population()
    few = features.head(120)
    rng = np.random.default_rng(4)
    wide = few.hstack([pl.Series(f"x{k}", rng.normal(size=120)) for k in range(90)])
    names = tuple(f"x{k}" for k in range(90))
    bad = target_of(rng.random(120) < 0.5)
    how = FitConfig(least_bads=1)
    says = r"90 features cannot be fitted on \d+ training rows"
    refused(DataError, says, rows=wide, target=bad, names=names, how=how)


def test_features_that_tell_nothing():
    refused(DataError, "no feature is significant", names=("noise",), significance=1e-6)
    refused(DataError, "none of 2 features", names=("constant", "empty"))


def test_a_feature_that_is_made_of_others():
    """Elimination takes it out first; without elimination it is an error that names it."""
    features, target = population()
    twice = features.with_columns(double=pl.col("income") * 2)
    names = ("income", "noise", "double")
    first = fit(twice, target, names=names).report["elimination"]["steps"][0]
    assert (first["removed"], first["p_value"]) == ("double", {"double": 1.0})
    wrong = {"rows": twice, "target": target, "names": names, "elimination": "none"}
    refused(DataError, "collinear features: .*double", **wrong)


def test_a_feature_called_target():
    features, _ = population()
    refused(BookError, "rename it", rows=features.rename({"noise": "target"}), names=("debt",))
