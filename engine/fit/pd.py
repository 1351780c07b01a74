"""Fits the model of default: target and features in, model text, calibrator and quality out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import BookError, DataError, did_you_mean
from engine.fit.calibrator import (
    Calibrator,
    CalibratorKind,
    Vector,
    apply_calibrator,
    class_weight,
    correct_prior,
    fit_calibrator,
)
from engine.fit.config import FitConfig
from engine.fit.gbm import read_model, train, usable_features
from engine.fit.split import PARTS, draw_sample, split_customers
from engine.fit.target import Target
from engine.metrics import auc, brier, calibration_table, ks

if TYPE_CHECKING:
    from lightgbm import Booster


@dataclass(frozen=True, slots=True)
class FittedPd:
    """``model_text``: LightGBM text. ``calibrator`` and ``metrics``: ready for JSON."""

    model_text: str
    calibrator: Calibrator
    metrics: dict[str, Any]


def fit_pd(
    features: pl.DataFrame,
    target: Target,
    feature_names: Sequence[str],
    config: FitConfig,
    *,
    prior_correction: float | None = None,
    calibrator_kind: CalibratorKind = "auto",
    num_threads: int = 1,
) -> FittedPd:
    """Trains on one part of the customers, stops and calibrates on the next, judges on the last.

    The calibrator is fitted on prior-corrected scores of the validation part, with each good
    weighted by ``prior_correction`` (see ``engine.fit.calibrator``); the held-out part is used for
    nothing but its figures. Those are of the calibrated PD, before any floor of the book, under the
    same weights.

    Parameters
    ----------
    features:
        One row per customer: the key, ``feature_names`` and ``config.split_column``.
    target:
        Of ``build_target``. ``config.sample`` of its customers are drawn; those without features
        (quarantined ones) are then left out and counted.
    feature_names:
        What the model may read; key and split column are never features.

    Raises
    ------
    BookError, DataError
        A column is not there; too few customers, dates, bads or goods; no usable feature.
    """
    _check_columns(features, target.key, feature_names, config)
    drawn = draw_sample(target.frame, key=target.key, config=config)
    rows = drawn.join(features, on=target.key, how="inner", maintain_order="left")
    part = split_customers(rows, key=target.key, config=config)["part"].to_physical().to_numpy()
    truth = rows["target"].cast(pl.Float64).to_numpy()
    _check_classes(truth, part, config.least_bads)

    candidates = tuple(n for n in feature_names if n not in (target.key, config.split_column))
    names, dropped = usable_features(rows.filter(part == 0), candidates)
    X = rows.select(pl.col(names).cast(pl.Float64)).to_numpy()
    training, validation = ((X[part == number], truth[part == number]) for number in (0, 1))
    text = train(training, validation, names, seed=config.seed, num_threads=num_threads)
    booster = read_model(text)
    raw = cast(Vector, booster.predict(X, num_threads=num_threads))
    scored = _score(raw, truth, part == 1, prior_correction, calibrator_kind)
    metrics = {
        "parts": {name: _quality(scored, truth, part == i) for i, name in enumerate(PARTS)},
        "split": _split_report(rows, part, config),
        "target": target.counts,
        "customers_not_drawn": len(target.frame) - len(drawn),
        "customers_without_features": len(drawn) - len(rows),
        "prior_correction": prior_correction,
        "trees": booster.num_trees(),
        "gain_share": _gain_share(booster, names),
        "dropped_features": dropped,
    }
    return FittedPd(text, scored.calibrator, metrics)


class _Scored(NamedTuple):
    """All rows scored: raw, and through correction and calibrator; weights as in the book."""

    raw: Vector
    pd: Vector
    weights: Vector
    calibrator: Calibrator


def _score(
    raw: Vector,
    truth: Vector,
    fitted_on: NDArray[np.bool_],
    prior_correction: float | None,
    kind: CalibratorKind,
) -> _Scored:
    """Fits the calibrator on the rows ``fitted_on`` and applies the chain to all."""
    corrected = correct_prior(raw, prior_correction)
    weights = class_weight(truth, prior_correction)
    calibrator = fit_calibrator(kind, corrected[fitted_on], truth[fitted_on], weights[fitted_on])
    return _Scored(raw, apply_calibrator(calibrator, corrected), weights, calibrator)


def _check_columns(
    features: pl.DataFrame, key: str, names: Sequence[str], config: FitConfig
) -> None:
    wanted = [key, *names, *([config.split_column] if config.split_column else [])]
    for name in wanted:
        if name not in features.columns:
            hint = did_you_mean(name, features.columns)
            raise BookError(f"fit pd: the features have no column '{name}'{hint}")
    if "target" in features.columns:
        raise BookError("fit pd: a feature is called 'target'; rename it")


def _check_classes(truth: Vector, part: NDArray[np.uint8], least: int) -> None:
    counts = {
        name: (int(truth[part == i].sum()), int((1.0 - truth[part == i]).sum()))
        for i, name in enumerate(PARTS)
    }
    if min(min(pair) for pair in counts.values()) < least:
        found = ", ".join(f"{name} {bad} bad {good} good" for name, (bad, good) in counts.items())
        raise DataError(
            f"too few customers to fit a PD model: every part needs at least {least} bad and "
            f"{least} good ones (fit.least_bads); found {found}",
            count=len(truth),
        )


def _quality(scored: _Scored, target: Vector, mine: NDArray[np.bool_]) -> dict[str, Any]:
    """The figures of one part; ``raw_auc`` is of the score before correction and calibrator."""
    pd, truth, weights = scored.pd[mine], target[mine], scored.weights[mine]
    area = auc(pd, truth, weights)
    return {
        "customers": len(truth),
        "bads": int(truth.sum()),
        "bad_rate": float(weights @ truth / weights.sum()),
        "mean_pd": float(weights @ pd / weights.sum()),
        "auc": area,
        "gini": 2.0 * area - 1.0,
        "ks": ks(pd, truth, weights),
        "brier": brier(pd, truth, weights),
        "raw_auc": auc(scored.raw[mine], truth, weights),
        "calibration": calibration_table(pd, truth, weights=weights),
    }


def _split_report(rows: pl.DataFrame, part: NDArray[np.uint8], config: FitConfig) -> dict[str, Any]:
    """How the parts were cut; for an out-of-time split the first and last date of each."""
    if config.split_column is None:
        return {"by": "random", "seed": config.seed}
    dates = rows[config.split_column].cast(pl.Date)
    bounds = {
        name: [str(dates.filter(part == i).min()), str(dates.filter(part == i).max())]
        for i, name in enumerate(PARTS)
    }
    return {"by": config.split_column, "dates": bounds}


def _gain_share(booster: Booster, names: list[str]) -> dict[str, float]:
    """Share of the total gain per used feature, largest first."""
    gain = booster.feature_importance("gain")
    order = np.argsort(-gain, kind="stable")
    return {names[i]: float(gain[i] / gain.sum()) for i in order if gain[i] > 0.0}
