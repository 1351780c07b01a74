"""Logistic regression by Newton's steps over ``kernels.irls`` (``regression``).

``passes`` reads the rows, ``checks`` says what cannot be fitted, ``start`` where a fit begins,
``newton`` climbs, ``separation`` proves that there is no top, ``inference`` says what coefficients
are worth. ``fixed_algebra``: products of few columns, in one order.
"""

from __future__ import annotations

from engine.fit.scorecard.logistic.inference import Inference, infer
from engine.fit.scorecard.logistic.regression import (
    LogisticFit,
    fit_logistic,
    fit_logistic_parts,
)

__all__ = ["Inference", "LogisticFit", "fit_logistic", "fit_logistic_parts", "infer"]
