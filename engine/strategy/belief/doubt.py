"""How wrong the models may be: standard deviations, stated or from the reports beside the models.

| what | left out, from | else |
|---|---|---|
| PD | bads and goods per bin of the held-out calibration table, ``<model>.metrics.json`` | 0.1 |
| slope | standard error of each segment's slope over the slope, ``<take-up>.metrics.json`` | 0.2 |
| intercept | past offers n of each segment, same file: ``1 / sqrt(n mean p (1 - p))`` | 0.1 |

PD is off by a line on the logit, ``a + c (logit pd - m)``, as a logistic calibration of the scores
would be: the log-odds of a bin with b bads and g goods weigh ``w = (b + 1/2) (g + 1/2) / (b + g +
1)``, m is the bins' weighted mean logit, and a and c are normal with variances ``1 / sum w`` and
``1 / sum w (logit pd - m)^2``. Weights of the classes do not enter: they move log-odds, not their
variance. These are errors of sampling. That a form is wrong, or that the world changes, is in none
of them: scenarios and stated deviations are for that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.strategy.belief.config import BeliefConfig

Floats = NDArray[np.float64]

PD_SD, SLOPE_SD, INTERCEPT_SD = 0.1, 0.2, 0.1


class PdErrors(NamedTuple):
    """Standard deviations of logit PD: of its level at ``centre`` (a logit), and of its slope."""

    level: float
    slope: float
    centre: float


def errors_of_counts(pd: Floats, bads: Floats, goods: Floats) -> PdErrors:
    """Of bins ``(k,)`` with mean PDs between 0 and 1; see the module."""
    weight = (bads + 0.5) * (goods + 0.5) / (bads + goods + 1.0)
    at = np.log(pd) - np.log1p(-pd)
    centre = float(np.average(at, weights=weight))
    spread = float((weight * (at - centre) ** 2).sum())
    slope = 1.0 / np.sqrt(spread) if spread > 0.0 else 0.0
    return PdErrors(float(1.0 / np.sqrt(weight.sum())), float(slope), centre)


@dataclass(frozen=True)
class Doubt:
    """``pd``: errors of logit PD. ``slope`` (relative) ``(S,)``.

    ``offers`` ``(S,)``: past offers behind the intercept, or ``intercept`` its standard deviation.
    ``sources``: where each comes from.
    """

    pd: PdErrors
    slope: Floats
    intercept: float
    offers: Floats | None
    lgd: float
    adverse: float
    rivals: float
    sources: Mapping[str, str]


def doubt_of(
    config: BeliefConfig,
    segments: Sequence[str],
    *,
    pd_report: Path | None = None,
    take_up_report: Path | None = None,
) -> Doubt:
    """What the config states, else what the reports say, else the defaults.

    A report that is not there, or None, says nothing.

    Raises
    ------
    ModelError
        A report is not what it should be.
    """
    sources: dict[str, str] = {}
    pd, sources["pd"] = _pd(config, pd_report)
    errors = None if take_up_report is None else take_up_errors(take_up_report, segments)
    slope, sources["slope"] = _slope(config, segments, errors, take_up_report)
    sources["intercept"] = "stated"
    if config.intercept_sd is None:
        sources["intercept"] = _from(take_up_report, known=errors is not None)
    return Doubt(
        pd=pd,
        slope=slope,
        intercept=INTERCEPT_SD if config.intercept_sd is None else config.intercept_sd,
        offers=None if errors is None or config.intercept_sd is not None else errors[1],
        lgd=config.lgd_sd,
        adverse=config.adverse_selection_sd,
        rivals=config.rivals_sd,
        sources=sources,
    )


def _pd(config: BeliefConfig, report: Path | None) -> tuple[PdErrors, str]:
    if config.pd_log_odds_sd is not None:
        return PdErrors(config.pd_log_odds_sd, 0.0, 0.0), "stated"
    found = None if report is None else pd_errors(report)
    if found is None:
        return PdErrors(PD_SD, 0.0, 0.0), _from(report, known=False)
    return found, _from(report, known=True)


def _slope(
    config: BeliefConfig,
    segments: Sequence[str],
    errors: tuple[Floats, Floats] | None,
    report: Path | None,
) -> tuple[Floats, str]:
    """The relative errors and where they come from."""
    if config.slope_sd is not None:
        return np.full(len(segments), config.slope_sd), "stated"
    default = np.full(len(segments), SLOPE_SD)
    if errors is None or np.isnan(errors[0]).all():
        return default, _from(report, known=False)
    return np.where(np.isnan(errors[0]), default, errors[0]), _from(report, known=True)


def _from(report: Path | None, *, known: bool) -> str:
    return report.name if known and report is not None else "default"


def pd_errors(report: Path) -> PdErrors | None:
    """Of the held-out calibration table of a PD model's report; None where there is no report.

    Raises
    ------
    ModelError
        The file is not such a report, or its table has no bin with a mean PD between 0 and 1.
    """
    document = _document(report)
    if document is None:
        return None
    try:
        table = document["parts"]["heldout"]["calibration"]
        rows = [(float(r["mean_score"]), int(r["bads"]), int(r["customers"])) for r in table]
    except (KeyError, TypeError, ValueError) as exc:
        raise ModelError(f"{report}: no held-out calibration table of a PD model: {exc}") from exc
    inside = [row for row in rows if 0.0 < row[0] < 1.0 and 0 <= row[1] <= row[2] > 0]
    if not inside:
        raise ModelError(f"{report}: no bin of the held-out calibration table has customers")
    pd, bads, customers = np.array(inside).T
    return errors_of_counts(pd, bads, customers - bads)


def take_up_errors(report: Path, segments: Sequence[str]) -> tuple[Floats, Floats] | None:
    """Per segment the relative error of the slope and the past offers; None without a report.

    A slope that was assumed, or is 0, has no error of its own: NaN.

    Raises
    ------
    ModelError
        The file is not a report of take-up, or lacks a segment.
    """
    document = _document(report)
    if document is None:
        return None
    try:
        slope = document["slope"]
        estimates = [slope["estimate"][name] for name in segments]
        known = slope["label"] == "estimated"
        errors = np.array([_relative(entry) if known else np.nan for entry in estimates])
        return errors, np.array([float(entry["rows"]) for entry in estimates])
    except (KeyError, TypeError, ValueError) as exc:
        raise ModelError(f"{report}: no slopes of these segments: {exc}") from exc


def _relative(entry: Mapping[str, Any]) -> float:
    value, error = entry["value"], entry["error"]
    return float(error) / float(value) if error is not None and value > 0.0 else float("nan")


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as exc:
        raise ModelError(f"{path}: not a readable report: {exc}") from exc
