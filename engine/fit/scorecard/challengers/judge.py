"""What is said of a method: its figures on the held-out customers, and against the scorecard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from engine.fit.scorecard.rows import Outcome, Vector
from engine.fit.scorecard_config import Event
from engine.metrics import Ranking, paired_bootstrap
from engine.metrics.classification import classification_table

CutOff = Callable[[Vector, Outcome], float]
"""The rule that finds the cut-off: scores in [0, 1] and outcomes of the training part."""


class ScorecardScores(NamedTuple):
    """The scorecard's probabilities of the rows of two parts, and how many features it has."""

    train: Vector
    heldout: Vector
    features: int


class Row(NamedTuple):
    """A method, by the held-out customers. None is what cannot be said.

    ``weights``: how the customers' weights enter its fit; they enter all figures. ``brier``,
    ``log_loss``: None where the score is no probability. ``recognised``: share of the weight that
    the cut-off puts on the right side, in all and by class. ``auc_gain``: AUC less that of the
    scorecard, with the 95 % interval of a paired bootstrap of 1,000. ``error``: why there is no
    more than a name.
    """

    name: str
    library: str
    weights: str
    features: int | None = None
    auc: float | None = None
    gini: float | None = None
    ks: float | None = None
    brier: float | None = None
    log_loss: float | None = None
    cut_off: float | None = None
    recognised: float | None = None
    good_recognised: float | None = None
    bad_recognised: float | None = None
    auc_gain: float | None = None
    auc_gain_low: float | None = None
    auc_gain_high: float | None = None
    tuned: Mapping[str, float | str] | None = None
    error: str | None = None


class Judge(NamedTuple):
    """Who judges every method alike. ``predicts``: what the event is."""

    train: Outcome
    heldout: Outcome
    predicts: Event
    cut_off: CutOff

    def figures(self, row: Row, on_train: Vector, score: Vector, *, probability: bool) -> Row:
        """``row`` with what ``score`` (of the held-out rows) is worth."""
        event, weight, _ = self.heldout
        at = self.cut_off(on_train, self.train)
        ranking = Ranking.of(score, event, weight)
        bad = event if self.predicts == "bad" else 1.0 - event
        table = classification_table(score, bad, at, weight, event=self.predicts)
        return row._replace(
            auc=ranking.auc(),
            gini=ranking.gini(),
            ks=ranking.ks(),
            brier=ranking.brier() if probability else None,
            log_loss=ranking.log_loss() if probability else None,
            cut_off=at,
            recognised=table.recognised,
            good_recognised=table.good_recognised,
            bad_recognised=table.bad_recognised,
        )

    def gain(self, row: Row, score: Vector, scorecard: Vector, *, seed: int, threads: int) -> Row:
        """``row`` with the difference between two scores of the held-out rows."""
        found = paired_bootstrap(
            score,
            scorecard,
            self.heldout.event,
            self.heldout.weight,
            measures={"auc": Ranking.auc},
            seed=seed,
            threads=threads,
        )["auc"]
        return row._replace(
            auc_gain=found.estimate, auc_gain_low=found.low, auc_gain_high=found.high
        )
