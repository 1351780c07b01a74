"""``nightbook metrics``: every measure of a file's score against its target, from one sort."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from engine.errors import DataError
from engine.metrics import SHARES, CalibrationRow, Ranking, bootstrap, stability
from engine.metrics.bootstrap import Measure
from engine.scored_file import Names, Scored, read_scored

_SCALARS: dict[str, Measure] = {
    "auc": Ranking.auc,
    "gini": Ranking.gini,
    "ks": Ranking.ks,
    "amex": Ranking.amex,
    "brier": Ranking.brier,
    "log_loss": Ranking.log_loss,
    "tie_mass": Ranking.tie_mass,
}


class Draws(NamedTuple):
    """Of a bootstrap: see ``engine.metrics.bootstrap``."""

    replicates: int
    confidence: float = 0.95
    seed: int = 0


class Measured(NamedTuple):
    """What ``engine.metrics`` measures; fractions.

    ``rows`` are all rows of the file, ``rows_without_weight`` those that count nowhere else but
    there. A measure that the score does not have is None, and ``reasons`` says why. ``lift`` and
    ``capture`` are by share, as text. ``intervals`` have the names of measures, those of shares are
    called ``"lift 0.1"``; the tie mass, which drawing changes by itself, has none. None without
    a bootstrap.
    """

    files: list[str]
    rows: int
    bads: int
    rows_without_weight: int
    weight: float
    bad_rate: float
    auc: float
    gini: float
    ks: float
    amex: float | None
    tie_mass: float
    lift: dict[str, float]
    capture: dict[str, float]
    brier: float | None
    log_loss: float | None
    calibration: list[CalibrationRow]
    stability: dict[str, Any] | None
    intervals: dict[str, dict[str, float]] | None
    reasons: dict[str, str]


def measure_file(
    place: str | Path,
    names: Names,
    *,
    draws: Draws | None = None,
    threads: int = 1,
) -> Measured:
    """Measures a score against what became of the customers.

    Raises
    ------
    InputMissingError, DataError
        As ``read_scored``; one class only, or in every draw; no week with both classes.
    """
    rows = read_scored(place, names)
    try:
        ranking = Ranking.of(rows.score, rows.target, rows.weight, threads=threads)
        ranking.auc()
    except ValueError as exc:
        raise DataError(str(exc), file=str(place), column=names.target) from exc
    found, reasons = _scalars(ranking)
    weight = np.ones(rows.target.size) if rows.weight is None else rows.weight
    total = float(weight.sum())
    return Measured(
        files=[str(file) for file in rows.files],
        rows=rows.target.size,
        bads=int(rows.target.sum()),
        rows_without_weight=int((weight == 0.0).sum()),
        weight=total,
        bad_rate=float(weight @ rows.target) / total,
        **found,
        lift={str(share): ranking.lift(share) for share in SHARES},
        capture={str(share): ranking.capture(share) for share in SHARES},
        calibration=ranking.calibration_table(by_weight=True),
        stability=_stability(rows, place, names),
        intervals=_intervals(rows, place, [*found], reasons, draws, threads),
        reasons=reasons,
    )


def _scalars(ranking: Ranking) -> tuple[dict[str, Any], dict[str, str]]:
    """The measures that are one number, and why one is None."""
    found: dict[str, float | None] = {}
    reasons: dict[str, str] = {}
    for name, measure in _SCALARS.items():
        try:
            found[name] = measure(ranking)
        except ValueError as exc:
            found[name], reasons[name] = None, str(exc)
    return found, reasons


def _stability(rows: Scored, place: str | Path, names: Names) -> dict[str, Any] | None:
    """With the weeks' own names."""
    if rows.week is None:
        return None
    try:
        found = stability(rows.score, rows.target, rows.week, rows.weight)
    except ValueError as exc:
        raise DataError(str(exc), file=str(place), column=names.week) from exc
    weekly = zip(rows.weeks, found.gini_by_week.values(), strict=True)
    return {**found._asdict(), "gini_by_week": {str(week): gini for week, gini in weekly}}


def _intervals(
    rows: Scored,
    place: str | Path,
    names: list[str],
    reasons: dict[str, str],
    draws: Draws | None,
    threads: int,
) -> dict[str, dict[str, float]] | None:
    if draws is None:
        return None
    measures = {name: _SCALARS[name] for name in names if name not in (*reasons, "tie_mass")}
    of_share: dict[str, Callable[..., float]] = {"lift": Ranking.lift, "capture": Ranking.capture}
    for name, measure in of_share.items():
        measures |= {f"{name} {share}": partial(measure, share=share) for share in SHARES}
    columns = rows.score, rows.target, rows.weight
    asked = {"measures": measures, "week": rows.week, "threads": threads, **draws._asdict()}
    try:
        found = bootstrap(*columns, **asked)
    except ValueError as exc:
        raise DataError(str(exc), file=str(place)) from exc
    return {name: interval._asdict() for name, interval in found.items()}
