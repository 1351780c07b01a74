"""Fitting a scorecard: what is written is what was judged, and on whom."""

from __future__ import annotations

import json
import sys

import numpy as np
import polars as pl
import pytest
from scorecard_cases import CANDIDATES, KEY, PARTS, config, fit, loaded, population, target_of

from engine.errors import BookError
from engine.fit import FitConfig, Target
from engine.fit.sample_design_config import SampleDesignConfig
from engine.fit.scorecard.judging import pictures
from engine.fit.scorecard_config import BinningConfig
from engine.fit.split import split_customers
from engine.metrics import auc, brier, classification_table, ks, log_loss
from engine.points import scale_of

MEASURES = {"auc": auc, "ks": ks, "brier": brier, "log_loss": log_loss}
BINS = BinningConfig()
FORMS = {
    "standardise": {"scaling": "standardise"},
    "normalise": {"scaling": "normalise"},
    "none": {"scaling": "none"},
    "bins": {"binning": BINS},
    "by likelihood": {"elimination": "likelihood_ratio"},
    "good": {"event": "good"},
    "good bins": {"event": "good", "binning": BINS},
    "offset": {"offset": "prior"},
    "weights": {"weights": "copies"},
    "all stay": {"elimination": "none"},
}


def parts_of(features, how=None):
    return split_customers(features, key=KEY, config=how or FitConfig())["part"].to_numpy()


@pytest.mark.parametrize("form", FORMS)
def test_the_file_gives_what_was_judged(form, tmp_path):
    """Loaded as a run loads it, the card has the probabilities that all figures are of."""
    settings = FORMS[form]
    fitted = fit(**settings)
    features, target = population()
    event = settings.get("event", "bad")
    p = loaded(tmp_path, fitted.card).predict(features)
    part, bad = parts_of(features), target.frame["target"].to_numpy()
    weight = features["copies"].to_numpy() if form == "weights" else np.ones(len(bad))
    assert np.abs(p[part == "heldout"] - fitted.probability).max() < 1e-12
    assert fitted.card["event"] == fitted.report["event"] == event
    for name in PARTS:
        mine = part == name
        happened = (bad if event == "bad" else 1 - bad)[mine]
        found, table = fitted.report["parts"][name], fitted.report["classification"][name]
        assert (found["customers"], found["bads"]) == (mine.sum(), bad[mine].sum())
        for figure, measure in MEASURES.items():
            expected = measure(p[mine], happened, weight[mine])
            assert found[figure] == pytest.approx(expected, abs=1e-12), figure
        cut_off = fitted.card["cut_off"]
        again = classification_table(p[mine], bad[mine], cut_off, weight[mine], event=event)
        assert table == again._asdict()
    json.dumps([fitted.card, fitted.report], allow_nan=False)


def test_what_matters_is_kept_and_the_rest_is_accounted_for():
    report = fit().report
    assert report["elimination"]["kept"] == ["debt", "income"]
    assert [step["removed"] for step in report["elimination"]["steps"]] == ["noise", None]
    dropped = report["dropped_features"]
    assert set(dropped) == {"constant", "empty", "town", "joined_on"}
    assert (dropped["town"], dropped["joined_on"]) == ("not a number: String", "not a number: Date")
    assert report["challengers"] == []
    named = [row["name"] for row in report["coefficients"]["fitted"]]
    assert named == ["intercept", "debt", "income"]
    assert report["parts"]["heldout"]["auc"] > 0.7


def test_the_truth_is_recovered_in_the_features_own_units():
    features, target = population(30_000, seed=2)
    complete = features.filter(pl.col("debt").is_not_null())
    rows = {row["name"]: row for row in fit(complete, target).report["coefficients"]["raw"]}
    truth = {"debt": 0.002, "income": -0.0001, "intercept": -1.4 - 2.0 + 3.0}
    for name, b in truth.items():
        assert abs(rows[name]["coefficient"] - b) < 4 * rows[name]["standard_error"]


@pytest.mark.parametrize("form", ["standardise", "normalise", "none"])
def test_coefficients_of_both_scales_are_one_scorecard(form):
    fitted = fit(scaling=form)
    raw = {row["name"]: row for row in fitted.report["coefficients"]["raw"]}
    rows = fitted.heldout.filter(pl.col("debt").is_not_null())
    z = raw["intercept"]["coefficient"] + sum(
        raw[name]["coefficient"] * rows[name].to_numpy() for name in ("debt", "income")
    )
    known = fitted.heldout["debt"].is_not_null().to_numpy()
    assert 1 / (1 + np.exp(-z)) == pytest.approx(fitted.probability[known], abs=1e-12)
    for one, other in zip(
        *(fitted.report["coefficients"][s] for s in ("fitted", "raw")), strict=True
    ):
        if one["name"] != "intercept":
            assert one["z"] == pytest.approx(other["z"], rel=1e-9)


def test_scaling_changes_no_probability():
    one, *others = (fit(scaling=s).probability for s in ("standardise", "normalise", "none"))
    for other in others:
        assert other == pytest.approx(one, abs=1e-9)


@pytest.mark.parametrize("binning", [None, BINS])
def test_points_of_features_add_up_to_the_probability(binning):
    fitted = fit(binning=binning, elimination="none", event="good")
    table, scale = fitted.report["points"], scale_of(**fitted.card["points"], event="good")
    total = np.full(fitted.heldout.height, table["start"])
    for name, rows in table["features"].items():
        x = fitted.heldout[name].fill_null(float("nan")).to_numpy()
        if binning is None:
            at = rows["points_at_average"] + rows["per_unit"] * (x - rows["average"])
            total += np.where(np.isnan(x), rows["points_at_average"], at)
            continue
        for row in rows:
            low, high = row.get("above"), row.get("to")
            mine = (x > (-np.inf if low is None else low)) & (
                x <= (np.inf if high is None else high)
            )
            total[np.isnan(x) if row.get("missing") else mine] += row["points"]
            assert abs(row["points"] - row["rounded"]) <= 0.5
    assert scale.probability(total) == pytest.approx(fitted.probability, abs=1e-12)
    at_cut_off = scale.probability(np.array([table["cut_off"]]))
    assert at_cut_off == pytest.approx(fitted.card["cut_off"], rel=1e-12)


def test_rounded_points_rank_nearly_as_well():
    for event in ("bad", "good"):
        report = fit(event=event, binning=BINS).report
        rounded, exact = report["points"]["rounding"], report["parts"]["heldout"]["auc"]
        assert 0.0 < rounded["largest"] <= 0.5 * (1 + len(report["points"]["features"]))
        assert rounded["auc"] == pytest.approx(exact, abs=0.01)


def test_good_is_bad_turned_round():
    bad, good = fit(), fit(event="good")
    assert good.probability == pytest.approx(1 - bad.probability, abs=1e-9)
    assert good.report["points"]["start"] == pytest.approx(bad.report["points"]["start"])
    assert good.card["cut_off"] == pytest.approx(1 - bad.card["cut_off"])
    for name in PARTS:
        one, other = (fitted.report["classification"][name] for fitted in (bad, good))
        assert {**one, "cut_off": 0.0} == {**other, "cut_off": 0.0}


def test_an_offset_stays_in_the_scorecard_and_is_no_candidate():
    fitted = fit(names=(*CANDIDATES, "prior"), offset="prior")
    assert fitted.card["features"][-1] == {"name": "prior", "coefficient": 1.0}
    assert "prior" not in fitted.report["elimination"]["steps"][0]["statistic"]


def test_weights_count_customers():
    """A weight of 2 is the customer twice: the same coefficients, smaller errors."""
    features, _ = population()
    twice = features.with_columns(copies=pl.lit(2.0))
    one, two = fit(elimination="none"), fit(twice, elimination="none", weights="copies")
    for a, b in zip(*(f.report["coefficients"]["fitted"] for f in (one, two)), strict=True):
        assert b["coefficient"] == pytest.approx(a["coefficient"], rel=1e-9)
        assert b["standard_error"] == pytest.approx(a["standard_error"] / 2**0.5, rel=1e-9)
    without = features.with_columns(copies=(pl.col(KEY) % 2).cast(pl.Float64))
    weighted = fit(without, elimination="none", weights="copies")
    assert weighted.report["parts"]["train"]["weight"] == pytest.approx(1_688 / 2, rel=0.1)


@pytest.mark.parametrize("binning", [None, BINS])
def test_rows_and_threads_do_not_matter(binning):
    features, target = population()
    first = fit(binning=binning)
    shuffled = features.sample(fraction=1.0, shuffle=True, seed=5)
    for again in (fit(shuffled, binning=binning), fit(binning=binning, threads=2)):
        assert json.dumps(again.card) == json.dumps(first.card)
        assert json.dumps(again.report) == json.dumps(first.report)
    other = fit(binning=binning, how=FitConfig(seed=43))
    assert other.card != first.card
    assert target is population()[1]


@pytest.mark.parametrize("binning", [None, BINS])
def test_only_the_training_part_makes_the_scorecard(binning):
    features, target = population()
    first, part = fit(binning=binning), parts_of(features)
    bad = target.frame["target"].to_numpy().astype(bool)
    elsewhere = part != "train"
    flipped = np.where(elsewhere, np.roll(bad, 1), bad)
    changed = pl.when(pl.Series(elsewhere)).then(pl.col("income") * 3).otherwise(pl.col("income"))
    again = fit(features.with_columns(income=changed), target_of(flipped), binning=binning)
    assert again.card == first.card
    assert again.report["parts"]["train"] == first.report["parts"]["train"]
    assert again.report["parts"]["heldout"] != first.report["parts"]["heldout"]


def test_a_split_by_date_says_its_dates():
    report = fit(how=FitConfig(split_column="joined_on")).report
    dates = report["split"]["dates"]
    assert report["split"]["by"] == "joined_on"
    assert dates["train"][1] < dates["validation"][0] <= dates["heldout"][0]


def test_a_sample_is_drawn_and_compared_with_all():
    features, target = population()
    how = FitConfig(sample=1_200, sample_design=SampleDesignConfig(precision=0.02))
    fitted = fit(features.filter(pl.col(KEY) % 10 > 0), target, how=how)
    report, design = fitted.report, fitted.report["sample_design"]
    assert report["customers_not_drawn"] == 1_800
    assert 60 < report["customers_without_features"] < 180
    assert (
        design["size"]["needed"]
        > design["size"]["drawn"]
        == sum(report["parts"][name]["customers"] for name in PARTS)
    )
    assert "customers is small" in fitted.warnings[0]
    assert design["likeness"]["against"] == "usable"
    assert design["likeness"]["sample"]["unlike"] == []
    small = features.filter(pl.col(KEY) % 10 > 0)
    alone = fit(small, target).report["sample_design"]["likeness"]
    assert (alone["against"], "sample" in alone) == ("sample", False)


def test_a_part_that_is_unlike_the_others_is_named():
    features, target = population()
    drifted = features.with_columns(
        income=pl.col("income") * (1 + (pl.col("joined_on") > pl.date(2024, 6, 1)).cast(pl.Float64))
    )
    fitted = fit(drifted, target, how=FitConfig(split_column="joined_on"))
    assert any(w.startswith("heldout: unlike the sample in income") for w in fitted.warnings)


def test_separated_classes_get_a_ridge_and_a_warning(tmp_path):
    features, target = population()
    bad = target.frame["target"].cast(pl.Float64)
    told = features.with_columns(told=bad + pl.col("noise") * 1e-3)
    fitted = fit(told, target, names=("debt", "told"), elimination="none")
    assert fitted.report["fit"]["ridge"] == 1.0
    assert any("ridge" in warning for warning in fitted.warnings)
    assert fitted.report["classification"]["heldout"]["recognised"] == 1.0
    loaded(tmp_path, fitted.card)
    json.dumps(fitted.report, allow_nan=False)


def test_a_feature_whose_bins_count_against_what_they_say_is_named():
    rng = np.random.default_rng(3)
    own = rng.normal(size=4_000)
    echo = own + rng.normal(
        0.0, 0.5, 4_000
    )  # alone it speaks for bad, beside its source against it
    bad = rng.random(4_000) < 1 / (1 + np.exp(echo - 2.0 * own))
    rows = pl.DataFrame({KEY: np.arange(4_000), "own": own, "echo": echo})
    warnings = fit(rows, target_of(bad), names=("own", "echo"), binning=BINS).warnings
    assert [warning for warning in warnings if warning.startswith("echo: ")]
    assert not [warning for warning in fit(binning=BINS).warnings if "negative" in warning]


def test_bins_are_reported_with_all_training_rows():
    report = fit(binning=BINS).report
    train = report["parts"]["train"]
    for feature in report["bins"].values():
        assert sum(row["weight"] for row in feature["bins"]) == train["customers"]
        assert sum(row["events"] for row in feature["bins"]) == train["bads"]
        total = sum(row["information_value"] for row in feature["bins"])
        assert feature["information_value"] == pytest.approx(total)
    assert report["bins"]["debt"]["information_value"] > 0.1
    features, _ = population()
    debt = features["debt"].filter(pl.Series(parts_of(features) == "train"))
    for row in report["bins"]["debt"]["bins"]:
        edges = [row["above"] or -np.inf, row["to"] or np.inf]
        mine = debt.is_null() if row["missing"] else debt.is_between(*edges, closed="right")
        assert row["weight"] == mine.sum()
    assert fit().report["bins"] == {}


def test_challengers_stand_beside_the_scorecard():
    """On the same held-out customers, with the same rule for the cut-off."""
    fitted = fit(
        challengers=("linear_programming", "linear_discriminant"), names=("debt", "income", "noise")
    )
    first, *others = rows = fitted.report["challengers"]
    assert [row["name"] for row in rows] == [
        "scorecard",
        "linear_programming",
        "linear_discriminant",
    ]
    table = fitted.report["classification"]["heldout"]
    assert {name: first[name] for name in ("recognised", "cut_off")} == {
        name: table[name] for name in ("recognised", "cut_off")
    }
    assert first["auc"] == fitted.report["parts"]["heldout"]["auc"]
    assert all(row["error"] is None and row["auc"] > 0.7 for row in others)
    assert fitted.card == fit(names=("debt", "income", "noise")).card


def test_a_target_of_other_customers_is_no_customer():
    features, target = population()
    none = Target(KEY, target.frame.with_columns(pl.col(KEY) + 10_000), target.counts)
    with pytest.raises(Exception, match="too few"):
        fit(features, none)


def test_pictures_are_drawn_as_the_book_says(monkeypatch):
    """Without the key where matplotlib is installed; with it, or not, an error."""
    assert pictures.wanted(config(plots=None))
    assert not pictures.wanted(config(plots=False))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(BookError, match=r"nightbook\[plots\]"):
        pictures.wanted(config(plots=True))
    assert not pictures.wanted(config(plots=None))
    assert fit(plots=None).pictures == {}
