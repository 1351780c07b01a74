"""Backward elimination: all features in, the weakest out, until each that is left is significant.

Two methods: discriminant analysis (``discriminant.py``), which reads the rows once, and the
likelihood ratio (``likelihood_ratio.py``), which fits a model for every feature at every step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from engine.errors import DataError
from engine.fit.scorecard.elimination.contributions import Contributions, Method, check_outcome
from engine.fit.scorecard.elimination.correlations import correlations, repeating
from engine.fit.scorecard.elimination.discriminant import Discriminant
from engine.fit.scorecard.elimination.likelihood_ratio import LikelihoodRatio
from engine.fit.scorecard.rows import Matrix, Outcome


class Removal(NamedTuple):
    """One step. ``statistic`` by feature in the model: partial F to remove, or likelihood ratio;
    ``p_value`` likewise. ``removed``: the feature that went, None at the last step.
    ``wilks_lambda``: of the features in the model, None by likelihood ratio, which looks at the
    weakest features only.

    A feature that went since it repeats others is the only one of its step: statistic 0, p 1.
    """

    step: int
    removed: str | None
    wilks_lambda: float | None
    statistic: dict[str, float]
    p_value: dict[str, float]


class Elimination(NamedTuple):
    """``kept`` in the order of the columns."""

    method: str
    significance: float
    kept: tuple[str, ...]
    steps: tuple[Removal, ...]


def eliminate(
    X: Matrix,
    outcome: Outcome,
    names: Sequence[str],
    *,
    method: Literal["discriminant", "likelihood_ratio"],
    significance: float,
) -> Elimination:
    """Removes the feature with the smallest statistic while its p value is above ``significance``.

    Features that are linear combinations of those before them say nothing more, so they go first,
    with a statistic of 0. Of equal statistics the first one's feature goes. A weight w counts as w
    rows. By discriminant analysis an offset does not count; by likelihood ratio it does.

    Parameters
    ----------
    X:
        (n, p) finite, of the training rows and no others. ``names``: of its p columns.

    Raises
    ------
    DataError
        One class only; not more rows than features; a constant feature; no feature that is
        significant.
    """
    check_outcome(outcome, names)
    correlation = correlations(X, outcome, names)
    repeated = repeating(correlation[:-1, :-1])
    used = [place for place in range(len(names)) if place not in repeated]
    model: Method
    if method == "discriminant":
        both = np.ix_([*used, -1], [*used, -1])
        model = Discriminant(correlation[both], float(outcome.weight.sum()))
    else:
        model = LikelihoodRatio(X, outcome, used)
    left = [names[place] for place in used]
    later = _eliminate(model, left, significance, len(repeated) + 1)
    first = [
        Removal(
            number, names[place], later[0].wilks_lambda, {names[place]: 0.0}, {names[place]: 1.0}
        )
        for number, place in enumerate(repeated, start=1)
    ]
    return Elimination(method, significance, tuple(left), (*first, *later))


def _eliminate(model: Method, left: list[str], significance: float, number: int) -> list[Removal]:
    """The steps of ``model``, whose features are ``left``; the first has that ``number``.

    ``left`` is what stays, at the end.
    """
    steps: list[Removal] = []
    while True:
        found = model.contributions()
        weakest = int(np.nanargmin(found.statistic))
        goes = found.p_value[weakest] > significance
        steps.append(_step(number + len(steps), left, found, left[weakest] if goes else None))
        if not goes:
            return steps
        if len(left) == 1:
            raise DataError(
                f"elimination: no feature is significant at {significance:g}; the last one, "
                f"'{left[0]}', has a p value of {found.p_value[0]:.3g}"
            )
        del left[weakest]
        model.remove(weakest)


def _step(number: int, names: list[str], found: Contributions, removed: str | None) -> Removal:
    looked_at = [k for k, statistic in enumerate(found.statistic) if not math.isnan(statistic)]
    return Removal(
        number,
        removed,
        found.wilks_lambda,
        {names[k]: found.statistic[k] for k in looked_at},
        {names[k]: found.p_value[k] for k in looked_at},
    )
