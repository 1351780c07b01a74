"""Fits a scorecard: features and target in, scorecard JSON and report out; the table of contents.

    draw ──▶ fit_columns, design_matrix ──▶ eliminate ──▶ fit_logistic ──▶ find_cut_off
         ──▶ scorecard_json, report, challenged, pictures

Columns, elimination, coefficients and cut-off see the training part alone. The validation part is
for challengers to be tuned on, the held-out part for nothing but its figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import expit

from engine.errors import BookError, DataError
from engine.fit.config import FitConfig
from engine.fit.scorecard.card import scorecard_json
from engine.fit.scorecard.challengers import require_challengers
from engine.fit.scorecard.columns import design_matrix, dropped_features, fit_columns
from engine.fit.scorecard.cut_off import find_cut_off
from engine.fit.scorecard.elimination import Elimination, eliminate
from engine.fit.scorecard.finite import finite
from engine.fit.scorecard.judging.challenged import challenged
from engine.fit.scorecard.judging.pictures import pictures, wanted
from engine.fit.scorecard.judging.report import report
from engine.fit.scorecard.logistic import LogisticFit, fit_logistic
from engine.fit.scorecard.rows import Column, Matrix, Outcome, Vector
from engine.fit.scorecard.sample import Drawn, draw
from engine.fit.scorecard_config import ScorecardFitConfig
from engine.fit.target import Target


@dataclass(frozen=True, slots=True)
class FittedScorecard:
    """``card`` and ``report``: ready for JSON, numbers that it cannot hold are null in the report.
    ``pictures``: SVG by file name.

    ``heldout``: features of the held-out customers; ``probability``: what the fit gives them,
    ``(n,)``.
    """

    card: dict[str, Any]
    report: dict[str, Any]
    pictures: dict[str, bytes]
    warnings: tuple[str, ...]
    heldout: pl.DataFrame
    probability: Vector


@dataclass(frozen=True, slots=True)
class Solution:
    """The scorecard before it is written down.

    ``candidates``: the columns of ``X`` (n, p), which has all rows; ``dropped``: features that have
    no column, and why. ``columns``: those that the elimination kept and ``fit`` is of; ``kept``:
    their places among all. ``z`` and ``probability`` of the event: of all rows, ``(n,)``.
    """

    candidates: tuple[Column, ...]
    dropped: dict[str, str]
    X: Matrix
    elimination: Elimination | None
    columns: tuple[Column, ...]
    kept: NDArray[np.intp]
    fit: LogisticFit
    z: Vector
    probability: Vector
    cut_off: float


def fit_scorecard(
    features: pl.DataFrame,
    target: Target,
    feature_names: Sequence[str],
    fit: FitConfig,
    config: ScorecardFitConfig,
    *,
    threads: int,
    note: Callable[[str], None],
) -> FittedScorecard:
    """A scorecard of the customers in ``target``, fitted on one part of them, judged on the others.

    Parameters
    ----------
    features:
        One row per customer: the key, ``feature_names``, the columns that ``config`` names and
        ``fit.split_column``. Where it holds more customers than ``fit.sample`` draws, the sample is
        compared with all of them.
    target:
        Of ``build_target``; 1 is bad. Customers without features (quarantined ones) are left out
        and counted.
    feature_names:
        The candidates where ``config.features`` names none; those that are no numbers are not.
    note:
        Told what is done before it is done, for a person who waits.

    Raises
    ------
    BookError
        A column is not there or not a number.
    DataError
        Too few customers, bads or goods; weights or offset missing, weights below zero; no usable
        feature, more than rows, none that is significant; without elimination collinear ones.
    """
    with_pictures = require_libraries(config)
    drawn = draw(features, target, feature_names, fit, config)
    if not drawn.names:
        raise BookError("fit scorecard: there is no feature to choose from that is a number")
    note(f"fitting on {drawn.rows.height:,} customers with {len(drawn.names):,} features")
    solution = solve(drawn, config, threads=threads)
    card = scorecard_json(solution.columns, solution.fit.coefficients, solution.cut_off, config)
    found, warnings = report(drawn, solution, card, target, fit, config)
    found["challengers"] = challenged(
        drawn, solution, config, seed=fit.seed, threads=threads, note=note
    )
    heldout = drawn.mine("heldout")
    return FittedScorecard(
        card=card,
        report=finite(found),
        pictures=pictures(drawn, solution, config) if with_pictures else {},
        warnings=warnings,
        heldout=drawn.rows.filter(heldout),
        probability=solution.probability[heldout],
    )


def require_libraries(config: ScorecardFitConfig) -> bool:
    """Asked before the work begins; whether there will be pictures.

    Raises
    ------
    BookError
        A library that the book's challengers or plots need is not installed.
    """
    require_challengers(config.challengers)
    return wanted(config)


def solve(drawn: Drawn, config: ScorecardFitConfig, *, threads: int = 1) -> Solution:
    """Columns, elimination, coefficients and cut-off, all of the training part."""
    mine, outcome = drawn.mine("train"), drawn.outcome_of("train")
    rows = drawn.rows.filter(mine)
    candidates = fit_columns(rows, drawn.names, outcome, config)
    _check_size(len(candidates), int((outcome.weight > 0.0).sum()))
    X = design_matrix(candidates, drawn.rows)
    elimination = _eliminated(X[mine], candidates, outcome, config)
    names = {*elimination.kept} if elimination else {column.name for column in candidates}
    kept = np.flatnonzero([column.name in names for column in candidates])
    columns = tuple(candidates[place] for place in kept)
    fit = fit_logistic(
        X[np.ix_(np.flatnonzero(mine), kept)],
        outcome,
        names=[column.name for column in columns],
        tolerance=config.tolerance,
        most_steps=config.most_steps,
        ridge=config.ridge,
        threads=threads,
    )
    z = fit.coefficients[0] + X[:, kept] @ fit.coefficients[1:] + drawn.outcome.offset
    p = expit(z)
    cut_off = find_cut_off(p[mine], outcome, config.cut_off, config.event)
    dropped = dropped_features(rows, drawn.names, candidates)
    return Solution(candidates, dropped, X, elimination, columns, kept, fit, z, p, cut_off)


def _check_size(columns: int, rows: int) -> None:
    if columns >= rows:
        raise DataError(
            f"{columns} features cannot be fitted on {rows} training rows: name fewer in "
            "fit.scorecard.features, or train on more customers",
            count=rows,
        )


def _eliminated(
    X: Matrix, candidates: Sequence[Column], outcome: Outcome, config: ScorecardFitConfig
) -> Elimination | None:
    """The elimination on the training rows ``X``; None where the book wants none."""
    if config.elimination == "none":
        return None
    return eliminate(
        X,
        outcome,
        [column.name for column in candidates],
        method=config.elimination,
        significance=config.significance,
    )
