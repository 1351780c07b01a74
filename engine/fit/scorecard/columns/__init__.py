"""From features to the columns of the design matrix (``matrix``).

``scaling``: one column of numbers. ``binning`` cuts a feature into bins, ``woe`` puts weights of
evidence for them.
"""

from __future__ import annotations

from engine.fit.scorecard.columns.matrix import design_matrix, dropped_features, fit_columns

__all__ = ["design_matrix", "dropped_features", "fit_columns"]
