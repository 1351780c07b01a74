"""The report of a scorecard: everything that was found on the way.

| key                 | what it says                                                              |
|---------------------|---------------------------------------------------------------------------|
| event               | what the scorecard gives the probability of                               |
| target              | customers, good and bad ones, and those who could not be judged           |
| customers_not_drawn | usable customers that the sample left out                                 |
| customers_without_features | drawn, but quarantined                                             |
| split               | by chance or by date, and the dates of the parts                          |
| sample_design       | ``size``: is the sample large enough; ``likeness``: is each part like all |
| dropped_features    | by feature, why it was no candidate or has no column                      |
| elimination         | the features kept, the tests of every step; null if none was asked for    |
| fit                 | steps, ridge, log likelihood, likelihood ratio, AIC, BIC                  |
| coefficients        | of the columns as ``fitted``, and ``raw``, of the features' own units     |
| bins                | by feature with bins: customers, event rate, weight of evidence           |
| points              | start, points by feature, cut-off in points, what rounding loses          |
| cut_off             | how it was found, and its probability of the event                        |
| parts               | by part: AUC, Gini, K-S, Brier, log loss, calibration                     |
| classification      | by part: the classification table at the cut-off                          |
| challengers         | a row per method, the scorecard first; empty if none was asked for        |

The parts are "train", "validation" and "heldout". ``nightbook fit scorecard`` adds what it knows:
``quarantined``, ``warnings``, and ``descriptive`` and ``note`` of a target in the same window.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.fit.config import FitConfig
from engine.fit.scorecard.card import points_table
from engine.fit.scorecard.elimination import Elimination
from engine.fit.scorecard.judging.bin_report import bin_report
from engine.fit.scorecard.judging.coefficients import in_own_units
from engine.fit.scorecard.judging.design_report import design_report
from engine.fit.scorecard.judging.quality import classification, quality, rounding
from engine.fit.scorecard.logistic import Inference, infer
from engine.fit.scorecard.sample import Drawn, split_report
from engine.fit.scorecard_config import ScorecardFitConfig
from engine.fit.target import Target
from engine.points import scale_of

if TYPE_CHECKING:
    from engine.fit.scorecard.fitting import Solution


def report(
    drawn: Drawn,
    solution: Solution,
    card: dict[str, Any],
    target: Target,
    fit: FitConfig,
    config: ScorecardFitConfig,
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The report without challengers, its numbers finite or not, and what is to be warned of."""
    design, warnings = design_report(drawn, target, fit)
    names = [column.name for column in solution.columns]
    inference = infer(solution.fit, names)
    raw = infer(in_own_units(solution.columns, solution.fit), names)
    train = drawn.mine("train")
    found = {
        "event": config.event,
        "target": target.counts,
        **drawn.counts,
        "split": split_report(drawn, fit),
        "sample_design": design,
        "dropped_features": drawn.dropped | solution.dropped,
        "elimination": _elimination(solution.elimination),
        "fit": _fit(solution, inference),
        "coefficients": {
            "confidence": inference.confidence,
            "fitted": [row._asdict() for row in inference.estimates],
            "raw": [row._asdict() for row in raw.estimates],
        },
        "bins": bin_report(
            solution.candidates, drawn.rows.filter(train), drawn.outcome_of("train")
        ),
        "points": _points(drawn, solution, card, config),
        "cut_off": {"by": config.cut_off.by, "value": solution.cut_off},
        "parts": quality(drawn, solution.probability),
        "classification": classification(
            drawn, solution.probability, solution.cut_off, config.event
        ),
    }
    return found, (*warnings, *solution.fit.warnings, *_turned(solution))


def _turned(solution: Solution) -> Iterator[str]:
    """Weights of evidence that count against what they say: other features say it already."""
    turned = [
        column.name
        for column, b in zip(solution.columns, solution.fit.coefficients[1:], strict=True)
        if b < 0.0 and "bins" in column.entry(1.0)
    ]
    if turned:
        yield (
            f"{', '.join(turned)}: the coefficient of the weights of evidence is negative, so bins "
            "with more events take from the score; other features say the same: leave one out"
        )


def _points(
    drawn: Drawn, solution: Solution, card: dict[str, Any], config: ScorecardFitConfig
) -> dict[str, Any]:
    table = points_table(card)
    scale = scale_of(**config.points.model_dump(), event=config.event)
    terms = solution.X[:, solution.kept] * solution.fit.coefficients[1:]
    terms = np.column_stack([terms, drawn.outcome.offset])
    return {**table, "rounding": rounding(drawn, terms, table["start"], scale, config.event)}


def _elimination(found: Elimination | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {**found._asdict(), "steps": [step._asdict() for step in found.steps]}


def _fit(solution: Solution, inference: Inference) -> dict[str, Any]:
    fit, figures = solution.fit, inference._asdict()
    del figures["estimates"], figures["confidence"]
    return {
        "steps": fit.steps,
        "ridge": fit.ridge,
        **figures,
        "warnings": list(fit.warnings),
    }
