"""Measures of a score against a 0/1 target: how well it ranks, how true its probabilities are.

Conventions of every function here:

* ``score``: (n,) numbers, higher means more likely bad; float32 is used as it is, anything else as
  float64. ``target``: (n,) 0 (good) or 1 (bad), any numeric or boolean dtype. ``weights``: (n,) 0
  or from 1e-100 to 1e100, or None for 1 each; a row of weight w counts as w rows alike, one of
  weight 0 is left out.
* A missing score (NaN) is a ValueError, as are an empty input, unequal lengths and targets that are
  not 0/1. The ranking measures also need at least one good and one bad of positive weight.
* Tied scores are one value: a bad and a good of equal score are half a pair won, a share of the
  highest scores takes of a tie what it needs, its goods and bads alike, and no bin splits a tie.
  So no result depends on the order of the rows beyond the rounding of float64 sums; without weights
  AUC, Gini and K-S are exact up to one rounding. ``tie_mass`` says how much ties matter.
* Results are fractions, not percent.

Each function sorts once. ``Ranking`` has all of them as methods, from one sort.
"""

from __future__ import annotations

from engine.metrics.bootstrap import Interval, bootstrap, paired_bootstrap
from engine.metrics.calibration import CalibrationRow
from engine.metrics.checks import WEIGHTS
from engine.metrics.classification import ClassificationTable, classification_table
from engine.metrics.measures import (
    amex,
    auc,
    brier,
    calibration_table,
    capture,
    gini,
    ks,
    lift,
    log_loss,
    tie_mass,
)
from engine.metrics.ranking import SHARES, Ranking, Roc
from engine.metrics.stability import Stability, stability

__all__ = [
    "SHARES",
    "WEIGHTS",
    "CalibrationRow",
    "ClassificationTable",
    "Interval",
    "Ranking",
    "Roc",
    "Stability",
    "amex",
    "auc",
    "bootstrap",
    "brier",
    "calibration_table",
    "capture",
    "classification_table",
    "gini",
    "ks",
    "lift",
    "log_loss",
    "paired_bootstrap",
    "stability",
    "tie_mass",
]
