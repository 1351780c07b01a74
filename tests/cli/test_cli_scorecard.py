"""``nightbook fit scorecard`` as it looks: help, a person's tables, one JSON object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command import nightbook

from engine.cli.fit_scorecard import print_scorecard
from engine.scorecard_training import ScorecardResult


def result(**changes: Any) -> ScorecardResult:
    """A report in short, with more features than a step shows."""
    few = {f"x{k:02}": float(k) for k in range(1, 13)}
    many = few | {"x00": 0.0, "x13": 13.0, "a_name_that_is_rather_long": None}
    table = {
        "cut_off": 0.25,
        "good_as_good": 24.0,
        "good_as_bad": 5.0,
        "bad_as_good": 1.0,
        "bad_as_bad": 38.0,
        "good_recognised": 24 / 29,
        "bad_recognised": 38 / 39,
        "recognised": 62 / 68,
    }
    estimate = {
        "name": "a_name_that_is_rather_long",
        "coefficient": 0.5,
        "standard_error": 0.1,
        "p_value": 1e-9,
        "odds_ratio": 1.6487,
        "odds_ratio_low": 1.3,
        "odds_ratio_high": None,
    }
    part = {
        "customers": 68,
        "bads": 39,
        "auc": 0.9,
        "gini": 0.8,
        "ks": 0.7,
        "brier": 0.1,
        "log_loss": 0.3,
    }
    part |= {"mean_score": 0.57, "event_rate": 0.5735}
    steps = [
        {
            "step": 1,
            "removed": "copy",
            "wilks_lambda": 0.5,
            "statistic": {"copy": 0.0},
            "p_value": {"copy": 1.0},
        },
        {
            "step": 2,
            "removed": "x00",
            "wilks_lambda": 0.5,
            "statistic": many,
            "p_value": dict.fromkeys(many, 0.3),
        },
        {
            "step": 3,
            "removed": "x01",
            "wilks_lambda": 0.51,
            "statistic": few,
            "p_value": dict.fromkeys(few, 0.00004) | {"x01": None},
        },
        {
            "step": 4,
            "removed": None,
            "wilks_lambda": 0.52,
            "statistic": many,
            "p_value": dict.fromkeys(many, 0.003),
        },
    ]
    metrics = {
        "event": "bad",
        "elimination": {"method": "discriminant", "steps": steps},
        "coefficients": {"fitted": [estimate]},
        "classification": {"heldout": table},
        "parts": {"heldout": part},
        "challengers": [],
    } | changes
    model = Path("models/card.json")
    return ScorecardResult(model, (), model.with_suffix(".metrics.json"), metrics, ())


def test_what_a_person_reads(capsys: pytest.CaptureFixture[str]) -> None:
    print_scorecard(result())
    shown = capsys.readouterr().out
    for piece in (
        "elimination, steps 1 to 2: what goes, in this order (F to remove)",
        "copy follows from those before it",
        "x00 0.0000 p 0.3000 Wilks' lambda 0.500000",
        "elimination, step 3: x01 goes (F to remove, Wilks' lambda 0.510000)",
        "x01 1.0000 p unknown",
        "x12 12.0000 p < 0.0001",
        "elimination, step 4: all stay (F to remove, Wilks' lambda 0.520000)",
        "... 3 more",
        "a_name_that_is_rather_long 0.50000 error 0.10000 p < 0.0001 odds ratio 1.6487 "
        "(1.3000 .. unbounded)",
        "classification at 0.25, heldout",
        "38 as bad   97.4% recognised",
        "91.2% recognised",
        "68, 39 bad",
    ):
        assert " ".join(piece.split()) in " ".join(shown.split()), shown
    assert shown.index("x01 ") < shown.index("x02 ")
    assert "plots" not in shown
    assert "challengers" not in shown


def test_challengers_in_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be fitted is a line too, whatever a library had to say."""
    figures = {"auc": 0.9, "ks": 0.7, "recognised": 0.9, "features": 4, "error": None}
    gain = {"auc_gain": -0.01, "auc_gain_low": -0.02, "auc_gain_high": 0.003}
    rows = [
        {"name": "scorecard", **figures, **dict.fromkeys(gain)},
        {"name": "lightgbm", **figures, **gain},
        {"name": "genetic", "error": "DataError: no\n  subset"},
    ]
    print_scorecard(result(challengers=rows))
    lines = capsys.readouterr().out.splitlines()
    start = lines.index("challengers, on held-out customers") + 1
    assert [" ".join(line.split()) for line in lines[start : start + 3]] == [
        "scorecard AUC 0.9000 K-S 0.7000 recognised 90.0% 4 features",
        "lightgbm AUC 0.9000 K-S 0.7000 recognised 90.0% 4 features "
        "gain of AUC -0.0100 (-0.0200 .. +0.0030)",
        "genetic DataError: no subset",
    ]


def test_without_elimination(capsys: pytest.CaptureFixture[str]) -> None:
    print_scorecard(result(elimination=None))
    assert "elimination" not in capsys.readouterr().out


def test_help_waits_for_no_library() -> None:
    done = nightbook("fit", "scorecard", "--help")
    assert done.code == 0
    assert "scorecard" in done.out
    listed = nightbook("fit", "--help").out
    assert "scorecard" in listed


def test_no_book() -> None:
    done = nightbook("fit", "scorecard", "nowhere.toml", "--json")
    assert done.code == 66
    assert "nowhere.toml" in done.message
    with pytest.raises(json.JSONDecodeError):
        json.loads(done.out)
