"""One table: the scorecard first, everyone judged by the held-out customers alone."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from challenger_cases import logistic, part_with, truth

from engine.errors import BookError
from engine.fit.scorecard.challengers import Row, ScorecardScores, challenge, require_challengers
from engine.fit.scorecard.challengers.registry import METHODS
from engine.fit.scorecard.rows import Outcome, Parts, Vector
from engine.fit.scorecard_config import Challenger, Event
from engine.metrics import auc, brier, ks

QUICK: tuple[Challenger, ...] = ("linear_discriminant", "linear_programming", "decision_tree")
PARTS = logistic()


def average(score: Vector, outcome: Outcome) -> float:
    """As many are taken for the event as there are events."""
    share = np.average(outcome.event, weights=outcome.weight)
    return float(np.quantile(score, 1.0 - share))


def table(
    parts: Parts, names: tuple[Challenger, ...] = QUICK, predicts: Event = "bad", seed: int = 1
) -> list[Row]:
    scores = ScorecardScores(truth(parts.train.X[:, :4]), truth(parts.heldout.X[:, :4]), 2)
    return challenge(
        parts,
        scores,
        names,
        predicts=predicts,
        cut_off=average,
        seed=seed,
        threads=1,
        note=print,
    )


def test_the_scorecard_comes_first() -> None:
    rows = table(PARTS)
    assert [row.name for row in rows] == ["scorecard", *QUICK]
    score, (event, weight, _) = truth(PARTS.heldout.X), PARTS.heldout.outcome
    own = rows[0]
    assert own.features == 2
    assert own.auc == auc(score, event, weight)
    assert own.gini == pytest.approx(2 * own.auc - 1, abs=1e-12)
    assert own.ks == ks(score, event, weight)
    assert own.brier == brier(score, event, weight)
    assert own.log_loss == pytest.approx(
        -np.mean(np.log(np.where(event == 1, score, 1 - score))), rel=1e-12
    )


def test_recognised_at_the_rule_of_the_training_part() -> None:
    score, event = truth(PARTS.heldout.X), PARTS.heldout.outcome.event
    cut_off = average(truth(PARTS.train.X), PARTS.train.outcome)
    right = (score >= cut_off) == (event == 1)
    for predicts in ("bad", "good"):
        own = table(PARTS, (), predicts)[0]
        by_class = {predicts: right[event == 1].mean()} | {
            "good" if predicts == "bad" else "bad": right[event == 0].mean()
        }
        assert own.cut_off == cut_off
        assert own.recognised == pytest.approx(right.mean())
        assert own.bad_recognised == pytest.approx(by_class["bad"])
        assert own.good_recognised == pytest.approx(by_class["good"])


def test_gains_are_paired_with_the_scorecard() -> None:
    rows = table(PARTS)
    own = rows[0]
    assert own.auc_gain is own.auc_gain_low is None
    for row in rows[1:]:
        assert row.auc_gain == pytest.approx(row.auc - own.auc, abs=1e-12)
        assert row.auc_gain_low < row.auc_gain < row.auc_gain_high
    tree = rows[-1]
    assert tree.auc_gain_high < 0  # steps cannot follow a plane; the truth is the scorecard's


def test_a_score_that_is_no_probability_has_no_brier() -> None:
    (row,) = (row for row in table(PARTS) if row.name == "linear_programming")
    assert row.brier is row.log_loss is None
    assert row.auc is not None
    assert row.error is None


@pytest.mark.parametrize("name", METHODS)
def test_heldout_customers_do_not_influence_a_fit(name: Challenger) -> None:
    """Half of them are turned round: the others' scores, so the whole fit, stay as they were."""
    heldout = PARTS.heldout
    half = np.arange(len(heldout.X)) < 200
    turned = heldout._replace(X=np.where(half[:, None], 9.0 - heldout.X, heldout.X))
    turned = part_with(turned, event=np.where(half, 1 - turned.outcome.event, turned.outcome.event))
    seen: list[Vector] = []

    def watch(score: Vector, outcome: Outcome) -> float:
        seen.append(score)
        return average(score, outcome)

    own = ScorecardScores(truth(PARTS.train.X), truth(heldout.X), 2)
    for parts in (PARTS, PARTS._replace(heldout=turned)):
        rows = challenge(
            parts, own, [name], predicts="bad", cut_off=watch, seed=1, threads=1, note=print
        )
        assert rows[1].error is None
    np.testing.assert_array_equal(seen[1], seen[3])


def test_the_same_table_twice() -> None:
    assert table(PARTS, seed=4) == table(PARTS, seed=4)


def test_an_offset_is_a_column() -> None:
    """The offset is the whole truth, the columns are noise."""
    random = np.random.default_rng(1)
    offset = {
        name: part_with(part, offset=np.log(truth(part.X) / (1 - truth(part.X))))._replace(
            X=random.normal(size=part.X.shape)
        )
        for name, part in PARTS._asdict().items()
        if name != "names"
    }
    parts = PARTS._replace(**offset)
    own = ScorecardScores(truth(PARTS.train.X), truth(PARTS.heldout.X), 2)
    told: list[str] = []
    rows = challenge(
        parts, own, QUICK, predicts="bad", cut_off=average, seed=1, threads=1, note=told.append
    )
    assert told == [f"challenger {name}" for name in QUICK]
    assert rows[1].features == 5
    for row in rows[1:]:
        assert row.auc == pytest.approx(rows[0].auc, abs=0.05), row.name


def test_what_cannot_be_fitted_is_a_row_with_an_error() -> None:
    """Without variance no linear programme has a normalisation; the tree goes on without it."""
    flat = PARTS._replace(train=PARTS.train._replace(X=np.ones_like(PARTS.train.X)))
    rows = {row.name: row for row in table(flat)}
    failed = rows["linear_programming"]
    assert failed.error == "DataError: the means of events and others are the same (rows 900)"
    assert failed.auc is None
    assert rows["decision_tree"].auc == 0.5
    assert rows["decision_tree"].features == 0


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    message = r"challengers: decision_tree needs sklearn.*pip install nightbook\[challengers\]"
    for call in (lambda: require_challengers(QUICK[2:]), lambda: table(PARTS, QUICK[2:])):
        with pytest.raises(BookError, match=message):
            call()
    require_challengers(["linear_programming", "genetic", "lightgbm"])
