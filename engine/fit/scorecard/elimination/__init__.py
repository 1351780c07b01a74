"""Backward elimination of features (``backward``).

``contributions`` is what it asks of a method: ``discriminant``, ``likelihood_ratio``.
``correlations`` names features that repeat others.
"""

from __future__ import annotations

from engine.fit.scorecard.elimination.backward import Elimination, eliminate

__all__ = ["Elimination", "eliminate"]
