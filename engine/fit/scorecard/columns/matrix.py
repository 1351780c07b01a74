"""From features to the columns of the design matrix: scaled, or as weights of evidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from engine.errors import DataError
from engine.fit.scorecard.columns.scaling import fit_scaled
from engine.fit.scorecard.columns.woe import fit_binned
from engine.fit.scorecard.rows import Column, Matrix, Outcome, Vector
from engine.fit.scorecard_config import ScorecardFitConfig


def fit_columns(
    rows: pl.DataFrame, names: Sequence[str], outcome: Outcome, config: ScorecardFitConfig
) -> tuple[Column, ...]:
    """The features ``names`` that can tell events from others, scaled or binned.

    Everything is found on ``rows``, which are to be the training rows and nothing else; rows of
    weight 0 do not count. ``dropped_features`` says which features are left out, and why.

    Parameters
    ----------
    rows:
        (n,) with the columns ``names``, which are numbers; null and NaN are missing.
    outcome:
        Of the same rows. Bins look at ``event`` and ``weight``, scaling at ``weight`` alone.

    Raises
    ------
    DataError
        One class only; weights sum to zero; a number too large to be scaled; no feature is left.
    """
    _check(outcome)
    counted = outcome.weight > 0
    outcome = Outcome(*(part[counted] for part in outcome))
    fitted = (_column(name, _numbers(rows[name])[counted], outcome, config) for name in names)
    found = tuple(column for column in fitted if column)
    if not found:
        raise DataError(f"none of {len(names)} features can train a scorecard", count=len(rows))
    return found


def design_matrix(columns: Sequence[Column], rows: pl.DataFrame) -> Matrix:
    """``columns`` of all ``rows``: (n, p) float64, C order, finite where the features are."""
    X = np.empty((len(rows), len(columns)))
    for place, column in enumerate(columns):
        X[:, place] = column.of(rows[column.name])
    return X


def dropped_features(
    rows: pl.DataFrame, names: Sequence[str], columns: Sequence[Column]
) -> dict[str, str]:
    """Why each of ``names`` that has no column has none; ``rows`` as ``fit_columns`` had them."""
    kept = {column.name for column in columns}
    return {name: _reason(rows[name]) for name in names if name not in kept}


def _reason(values: pl.Series) -> str:
    numbers = _numbers(values)
    there = numbers[~np.isnan(numbers)]
    if not there.size:
        return "null in every training row"
    if there.min() == there.max():
        some = " that has it" if there.size < numbers.size else ""
        return f"the same in every training row{some}"
    return "no bins of it tell events from others"


def _column(
    name: str, values: Vector, outcome: Outcome, config: ScorecardFitConfig
) -> Column | None:
    if config.binning is not None:
        return fit_binned(name, values, outcome, config.binning)
    return fit_scaled(name, values, outcome.weight, config.scaling)


def _numbers(values: pl.Series) -> Vector:
    """(n,) float64, NaN where missing."""
    return values.cast(pl.Float64).to_numpy()


def _check(outcome: Outcome) -> None:
    weight, size = outcome.weight, outcome.event.size
    if not weight.sum() > 0:
        raise DataError("the weights of the training rows sum to zero", count=size)
    events = float(weight @ outcome.event)
    if not 0 < events < weight.sum():
        only = "events" if events else "no events"
        raise DataError(f"one class only: the training rows with weight are {only}", count=size)
