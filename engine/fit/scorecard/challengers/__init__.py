"""Other methods on the same split as a scorecard; a method is a file here and a line below.

``challenge`` fits them on the training part, tunes on the validation part, and judges all by the
held-out part, which no method is given.
"""

from __future__ import annotations

from engine.fit.scorecard.challengers.judge import Row, ScorecardScores
from engine.fit.scorecard.challengers.registry import require_challengers
from engine.fit.scorecard.challengers.table import challenge

__all__ = ["Row", "ScorecardScores", "challenge", "require_challengers"]
