"""Scorecards behind ``engine.score.model.Scorer``: folded into the kernel's terms, and scored.

The format is in ``engine.score.scorecard_json``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.score.scorecard_json import Bins, Card, Categories, Feature, read_card
from kernels.cards import FOUR, Linear, Scorecards, Tables
from kernels.logistic import scorecard_scores
from kernels.source import Table


@dataclass(frozen=True)
class ScorecardScorer:
    """One scorecard; the columns of ``card`` are its features in their order."""

    card: Scorecards

    def score(
        self, X: Table, columns: NDArray[np.uint32], raw: bool, out: NDArray[np.float64]
    ) -> None:
        """Score the rows of ``X`` into ``out`` ``(rows, 1)``; ``raw``: ``z``."""
        scorecard_scores(self.card, X, columns, raw, out)


def read_scorecard(data: bytes) -> tuple[tuple[str, ...], ScorecardScorer]:
    """The names of the features and the scorer.

    Raises
    ------
    ModelError
        Not JSON, another kind of JSON, a field that is wrong, or a product of fields that a
        float64 cannot hold.
    """
    card = read_card(data)
    return tuple(feature.name for feature in card.features), ScorecardScorer(folded(card))


def folded(card: Card) -> Scorecards:
    """The terms of one card, whose columns are its features in their order.

    Raises
    ------
    ModelError
        A product of fields that a float64 cannot hold.
    """
    terms, tables = [], []
    for column, feature in enumerate(card.features):
        if feature.bins is not None:
            tables.append((column, _of_bins(feature, feature.bins)))
        elif feature.categories is not None:
            tables.append((column, _of_categories(feature, feature.categories)))
        else:
            terms.append((column, *_of_number(feature)))
    return Scorecards(np.array([card.intercept]), _linear(terms), _tables(tables))


def _of_number(feature: Feature) -> tuple[float, float, float]:
    """Scale, centre and what a missing value adds."""
    scale = feature.coefficient / feature.std
    offset = None if feature.impute is None else feature.impute - feature.mean
    return _finite(feature, scale), feature.mean, _product(feature, scale, offset)


class _Table(NamedTuple):
    """As in ``kernels.cards.Tables``, of one feature; not yet filled up to four steps."""

    base: float
    missing: float
    at: list[float]
    value: list[float]


def _of_bins(feature: Feature, bins: Bins) -> _Table:
    base, *value = (_product(feature, feature.coefficient, woe) for woe in bins.woe)
    return _Table(
        base, _product(feature, feature.coefficient, bins.missing), list(bins.edges), value
    )


def _of_categories(feature: Feature, categories: Categories) -> _Table:
    """A code is all there is between the number below it and itself."""
    other = _product(feature, feature.coefficient, categories.other)
    at, value = [], []
    for code, woe in sorted(zip(categories.codes, categories.woe, strict=True)):
        at += [math.nextafter(code, -math.inf), float(code)]
        value += [_product(feature, feature.coefficient, woe), other]
    return _Table(other, _product(feature, feature.coefficient, categories.missing), at, value)


def _product(feature: Feature, factor: float, value: float | None) -> float:
    """Their product; NaN if there is no value."""
    return math.nan if value is None else _finite(feature, factor * value)


def _finite(feature: Feature, value: float) -> float:
    if not math.isfinite(value):
        raise ModelError(
            f"scorecard: feature '{feature.name}': its coefficient and what it is multiplied with "
            "or divided by give a number that is too large"
        )
    return value


def _linear(terms: list[tuple[int, float, float, float]]) -> Linear:
    numbers = np.array([term[1:] for term in terms], np.float64).reshape(-1, 3)
    return Linear(
        np.array([0, len(terms)]),
        np.array([term[0] for term in terms], np.uint32),
        *(numbers[:, k].copy() for k in range(3)),
    )


def _tables(found: list[tuple[int, _Table]]) -> Tables:
    step, at, value = [0], [], []
    for _, table in found:
        fill = -len(table.at) % FOUR
        at += table.at + [math.inf] * fill
        value += table.value + [math.nan] * fill
        step.append(len(at))
    return Tables(
        np.array([0, len(found)]),
        np.array([column for column, _ in found], np.uint32),
        np.array([table.base for _, table in found], np.float64),
        np.array([table.missing for _, table in found], np.float64),
        np.array(step),
        np.array(at, np.float64),
        np.array(value, np.float64),
    )
