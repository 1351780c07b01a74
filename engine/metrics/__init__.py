"""Measures of a score against a 0/1 target: how well it ranks, how true its probabilities are.

Conventions of every function here:

* ``score``: (n,) numbers, higher means more likely bad. ``target``: (n,) 0 (good) or 1 (bad),
  any numeric or boolean dtype. ``weights``: (n,) finite, >= 0, or None for 1 each.
* A missing score (NaN) is a ValueError, as are an empty input, unequal lengths and targets that are
  not 0/1. The ranking measures also need at least one good and one bad of positive weight.
* Tied scores are treated as one value, so no result depends on the order of the rows beyond the
  rounding of float64 sums.
* Results are fractions, not percent.
"""

from __future__ import annotations

from engine.metrics.probability import brier, calibration_table
from engine.metrics.ranking import auc, gini, ks

__all__ = ["auc", "brier", "calibration_table", "gini", "ks"]
