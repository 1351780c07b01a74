"""Every challenger finds what is there, nothing where nothing is, and the same thing twice."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from challenger_cases import logistic, noise, obvious, part_with, truth

from engine.fit.scorecard.challengers.contract import Fitted
from engine.fit.scorecard.challengers.registry import METHODS
from engine.fit.scorecard.rows import Parts
from engine.fit.scorecard_config import Challenger, ScorecardFitConfig
from engine.metrics import auc

OBVIOUS, NOISE, LOGISTIC = obvious(), noise(), logistic()
PROBABLE: tuple[Challenger, ...] = tuple(name for name in METHODS if name != "linear_programming")


def fitted(name: Challenger, parts: Parts, *, seed: int = 1, threads: int = 1) -> Fitted:
    return METHODS[name].fit(parts.train, parts.validation, seed=seed, threads=threads)


@cache
def usual(name: Challenger) -> Fitted:
    """A fit to ``LOGISTIC`` that several tests look at."""
    return fitted(name, LOGISTIC)


def area(found: Fitted, parts: Parts) -> float:
    score = found.score(parts.heldout.X)
    assert score.shape == (len(parts.heldout.X),)
    assert ((score >= 0) & (score <= 1)).all()
    return auc(score, parts.heldout.outcome.event)


def test_every_name_of_a_book_has_a_method() -> None:
    config = ScorecardFitConfig(model="card", challengers=tuple(METHODS))
    assert set(config.challengers) == set(METHODS)
    assert len(METHODS) == 7


@pytest.mark.parametrize("name", METHODS)
def test_an_obvious_separation_is_found(name: Challenger) -> None:
    found = fitted(name, OBVIOUS)
    assert area(found, OBVIOUS) > 0.95
    assert 2 <= found.features <= 4


@pytest.mark.parametrize("name", METHODS)
def test_noise_is_not_told_apart(name: Challenger) -> None:
    """The standard error of an AUC of 0.5 is 0.032 with 400 customers, 30 % of them events."""
    assert area(fitted(name, NOISE), NOISE) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("name", METHODS)
def test_same_seed_same_scores(name: Challenger) -> None:
    one, two = (found.score(LOGISTIC.heldout.X) for found in (usual(name), fitted(name, LOGISTIC)))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", PROBABLE)
def test_probabilities_are_near_the_truth(name: Challenger) -> None:
    """Mean distance; a tree of 900 customers is coarse, yet nearer than calling all average."""
    found = usual(name)
    X = LOGISTIC.heldout.X
    assert found.probability
    assert np.abs(found.score(X) - truth(X)).mean() < (0.14 if name == "decision_tree" else 0.09)
    assert np.abs(truth(X).mean() - truth(X)).mean() > 0.17


@pytest.mark.parametrize("name", METHODS)
def test_rows_without_weight_are_not_there(name: Challenger) -> None:
    """The other half of the customers contradicts; where their weight is 0 nobody listens."""
    train = OBVIOUS.train
    half = np.arange(len(train.X)) % 2 == 0
    event = np.where(half, train.outcome.event, 1.0 - train.outcome.event)
    odd = part_with(train, event=event, weight=half.astype(np.float64))
    assert area(fitted(name, OBVIOUS._replace(train=odd)), OBVIOUS) > 0.9


@pytest.mark.parametrize("name", PROBABLE)
def test_weights_move_the_probability(name: Challenger) -> None:
    """Each event of the training part counts four times: the odds are four times as high."""
    heavier = LOGISTIC._replace(
        train=part_with(LOGISTIC.train, weight=1.0 + 3.0 * LOGISTIC.train.outcome.event),
        validation=part_with(
            LOGISTIC.validation, weight=1.0 + 3.0 * LOGISTIC.validation.outcome.event
        ),
    )
    X = LOGISTIC.heldout.X
    odds = 4.0 * truth(X) / (1.0 - truth(X))
    assert fitted(name, heavier).score(X).mean() == pytest.approx(
        float((odds / (1.0 + odds)).mean()), abs=0.05
    )


@pytest.mark.parametrize("name", METHODS)
def test_columns_of_any_scale(name: Challenger) -> None:
    scale, shift = np.array([1e6, 1e-4, 1.0, 1e3]), np.array([1e7, 0.0, -5.0, 100.0])
    scaled = OBVIOUS._replace(
        **{name: part._replace(X=part.X * scale + shift) for name, part in _parts(OBVIOUS)}
    )
    assert area(fitted(name, scaled), scaled) > 0.95


def _parts(parts: Parts) -> list[tuple[str, object]]:
    return [(name, getattr(parts, name)) for name in ("train", "validation", "heldout")]
