"""How many good and bad customers a score recognises at a cut-off."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from engine.metrics.checks import checked


class ClassificationTable(NamedTuple):
    """Customers at a cut-off: rows are what they are, columns what they are taken for.

    Weighted counts. ``bad_recognised = bad_as_bad / (bad_as_bad + bad_as_good)``, likewise
    ``good_recognised``; ``recognised`` of all.
    """

    cut_off: float
    good_as_good: float
    good_as_bad: float
    bad_as_good: float
    bad_as_bad: float
    good_recognised: float
    bad_recognised: float
    recognised: float


def classification_table(
    score: ArrayLike,
    target: ArrayLike,
    cut_off: float,
    weights: ArrayLike | None = None,
    *,
    event: Literal["bad", "good"] = "bad",
) -> ClassificationTable:
    """What customers are, against what they are taken for at ``cut_off``.

    A customer whose score is at or above the cut-off is taken for ``event``: bad where a higher
    score means more likely bad, as everywhere in ``engine.metrics``, or good where the score is
    turned round. ``target`` is 1 for bad in both cases. Other arguments and errors:
    ``engine.metrics``; there must be good and bad customers, and the cut-off cannot be NaN.
    """
    if np.isnan(cut_off):
        raise ValueError("the cut-off is missing (NaN)")
    values, bad, weight, _ = checked(score, target, weights)
    if bad.all() or not bad.any():
        only = "bad (1)" if bad.any() else "good (0)"
        raise ValueError(f"target has one class only: all {bad.size} rows with weight are {only}")
    # as float64, to which NumPy would not turn a float32 score for a Python float
    called_bad = (values >= np.float64(cut_off)) == (event == "bad")
    counts = np.bincount(2 * bad + called_bad, weight, minlength=4).astype(np.float64)
    good_as_good, good_as_bad, bad_as_good, bad_as_bad = map(float, counts)
    right, wrong = bad_as_bad + good_as_good, bad_as_good + good_as_bad
    return ClassificationTable(
        cut_off=float(cut_off),
        good_as_good=good_as_good,
        good_as_bad=good_as_bad,
        bad_as_good=bad_as_good,
        bad_as_bad=bad_as_bad,
        good_recognised=good_as_good / (good_as_good + good_as_bad),
        bad_recognised=bad_as_bad / (bad_as_bad + bad_as_good),
        recognised=right / (right + wrong),
    )
