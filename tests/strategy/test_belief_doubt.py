"""How wrong models may be: what a book states, what reports say, what is taken elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit

from engine.errors import ModelError
from engine.strategy.belief.config import BeliefConfig
from engine.strategy.belief.doubt import (
    INTERCEPT_SD,
    PD_SD,
    SLOPE_SD,
    PdErrors,
    doubt_of,
    errors_of_counts,
    pd_errors,
    take_up_errors,
)

SEGMENTS = ("a", "b")


def write(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document))
    return path


def pd_report(folder: Path, *bins: tuple[float, int, int]) -> Path:
    table = [{"mean_score": p, "bads": bad, "customers": n} for p, bad, n in bins]
    return write(folder / "pd.metrics.json", {"parts": {"heldout": {"calibration": table}}})


def take_up_report(folder: Path, *, label: str = "estimated", **changes: Any) -> Path:
    one = {"value": 0.8, "error": 0.2, "rows": 900} | changes
    other = {"value": 1.5, "error": 0.15, "rows": 400}
    slope = {"label": label, "estimate": {"a": one, "b": other}}
    return write(folder / "take_up.metrics.json", {"slope": slope})


def test_without_reports_the_defaults_hold(tmp_path: Path) -> None:
    found = doubt_of(BeliefConfig(), SEGMENTS, pd_report=tmp_path / "none.json")
    assert (found.pd.level, found.intercept, found.offers) == (PD_SD, INTERCEPT_SD, None)
    assert found.slope.tolist() == [SLOPE_SD] * 2
    assert set(found.sources.values()) == {"default"}


def test_reports_are_read_and_named(tmp_path: Path) -> None:
    report = pd_report(tmp_path, (0.02, 20, 1_000), (0.1, 50, 500))
    found = doubt_of(
        BeliefConfig(), SEGMENTS, pd_report=report, take_up_report=take_up_report(tmp_path)
    )
    pd, bads, goods = np.array([0.02, 0.1]), np.array([20.0, 50.0]), np.array([980.0, 450.0])
    assert found.pd == errors_of_counts(pd, bads, goods)
    np.testing.assert_allclose(found.slope, [0.25, 0.1])
    assert found.offers is not None
    assert found.offers.tolist() == [900, 400]
    assert found.sources == {
        "pd": "pd.metrics.json",
        "slope": "take_up.metrics.json",
        "intercept": "take_up.metrics.json",
    }


def test_what_is_stated_comes_before_reports(tmp_path: Path) -> None:
    config = BeliefConfig(pd_log_odds_sd=0.3, slope_sd=0.05, intercept_sd=0.02, lgd_sd=0.1)
    found = doubt_of(
        config,
        SEGMENTS,
        pd_report=pd_report(tmp_path, (0.1, 50, 500)),
        take_up_report=take_up_report(tmp_path),
    )
    assert (found.pd, found.intercept) == (PdErrors(0.3, 0.0, 0.0), 0.02)
    assert (found.offers, found.lgd) == (None, 0.1)
    assert found.slope.tolist() == [0.05, 0.05]
    assert set(found.sources.values()) == {"stated"}


def test_errors_of_counts_are_those_of_a_logistic_line() -> None:
    rng = np.random.default_rng(1)
    pd = np.array([0.01, 0.04, 0.1, 0.3])
    customers = np.array([4_000, 3_000, 2_000, 500])
    at = logit(pd)
    errors = errors_of_counts(pd, customers * pd, customers * (1.0 - pd))
    design = np.column_stack([np.ones(4), at - errors.centre])
    fits = []
    for _ in range(400):
        bads, beta = rng.binomial(customers, pd), np.array([errors.centre, 1.0])
        for _ in range(6):  # Newton's method
            p = expit(design @ beta)
            hessian = (design * (customers * p * (1.0 - p))[:, None]).T @ design
            beta = beta + np.linalg.solve(hessian, design.T @ (bads - customers * p))
        fits.append(beta)
    np.testing.assert_allclose(np.std(fits, axis=0), errors[:2], rtol=0.12)
    assert abs(np.corrcoef(np.array(fits).T)[0, 1]) < 0.15


def test_one_bin_says_nothing_of_a_slope(tmp_path: Path) -> None:
    found = pd_errors(pd_report(tmp_path, (0.1, 0, 100)))
    assert found is not None
    assert found.level == pytest.approx(1.0 / np.sqrt(0.5 * 100.5 / 101.0))
    assert found.slope == 0.0


def test_a_slope_without_an_error_takes_the_default(tmp_path: Path) -> None:
    report = take_up_report(tmp_path, value=0.0)
    found = doubt_of(BeliefConfig(), SEGMENTS, take_up_report=report)
    np.testing.assert_allclose(found.slope, [SLOPE_SD, 0.1])
    assumed = take_up_report(tmp_path, label="assumed from the market")
    found = doubt_of(BeliefConfig(), SEGMENTS, take_up_report=assumed)
    assert found.slope.tolist() == [SLOPE_SD] * 2
    assert found.sources["slope"] == "default"


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"parts": {"heldout": {}}}'])
def test_a_report_that_is_none_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "broken.metrics.json"
    path.write_text(content)
    with pytest.raises(ModelError, match=r"broken\.metrics\.json"):
        pd_errors(path)
    with pytest.raises(ModelError, match=r"broken\.metrics\.json"):
        take_up_errors(path, SEGMENTS)


def test_other_segments_and_empty_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no slopes of these segments: 'c'"):
        take_up_errors(take_up_report(tmp_path), ("a", "c"))
    with pytest.raises(ModelError, match="no bin"):
        pd_errors(pd_report(tmp_path))
