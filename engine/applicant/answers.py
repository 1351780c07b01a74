"""What each model says of one customer: its score, and what every feature adds to it.

A scorecard's contributions are the terms of its log odds. Those of a LightGBM model are Shapley
values of its raw score by LightGBM itself (``pred_contrib``; S. Lundberg, G. Erion, S.-I. Lee,
Consistent individualized feature attribution for tree ensembles, 2018). Other models have none.

A cut-off is compared with the scorecard's own probability, since it was found for that: before the
book's prior correction, calibrator and floor.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.fit.gbm import read_model
from engine.score import Models, score
from engine.score.chain import Chain
from engine.score.formats import recognised
from engine.score.loading import naming, read_file
from engine.score.points import card_of, contributions, points_table, scale_of_card
from engine.score.scorecard_json import Card


class Share(NamedTuple):
    """``contribution`` to the raw score and ``points`` of one feature; None where there are none.

    ``value``: None where it is missing.
    """

    name: str
    value: float | None
    contribution: float | None
    points: float | None


class Answer(NamedTuple):
    """``score``: what the batch publishes; ``probability``: of the model alone, before prior
    correction, calibrator and floor; both None where they are unknown.

    ``raw``: the log odds of a scorecard, the sum of a model of trees. ``base``: what it is without
    any feature's contribution, ``base_points`` likewise. ``decision``: "bad" or "good", or "event"
    or "no event" where the card does not say which its event is; None without a cut-off or a score.
    ``cut_off_points``: None where there are no points, or at a cut-off of 0 or 1.
    """

    model: str
    predicts: str
    score: float | None
    probability: float | None
    raw: float | None
    base: float | None
    shares: tuple[Share, ...]
    event: str | None
    cut_off: float | None
    decision: str | None
    points: float | None
    base_points: float | None
    cut_off_points: float | None

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return self._asdict() | {"shares": [share._asdict() for share in self.shares]}


class _Shares(NamedTuple):
    """Of the features that the model reads, in its order."""

    base: float | None
    contribution: list[float | None]
    points: list[float | None]
    base_points: float | None = None
    total_points: float | None = None


def answers(models: Models, row: pl.DataFrame, folder: Path) -> tuple[Answer, ...]:
    """One answer per model, of the one row of features ``row``; ``folder`` is the book's.

    Raises
    ------
    ModelError
        A feature is no number; a model file has changed since it was loaded, or is LightGBM text
        that LightGBM cannot read.
    """
    scores = score(models, row, 1)
    return tuple(
        _answer(name, chain, row, known(scores[chain.config.predicts].item()), folder)
        for name, chain in models.items()
    )


def known(value: float | None) -> float | None:
    """None where it is missing, or beyond float64, which JSON cannot hold."""
    return None if value is None or not math.isfinite(value) else float(value)


def values_of(row: pl.DataFrame) -> dict[str, Any]:
    """The one row by column; None where a number is missing, or beyond float64."""
    floats = pl.selectors.float()
    return row.with_columns(pl.when(floats.is_finite()).then(floats)).row(0, named=True)


def _answer(
    name: str, chain: Chain, row: pl.DataFrame, published: float | None, folder: Path
) -> Answer:
    data = _data_of(name, chain, folder)
    card = card_of(data)
    own = known(chain.model.predict(row).item())
    raw = known(chain.model.predict(row, raw_score=True).item())
    shares = _of_card(card, row) if card else _of_trees(chain, data, row, raw)
    names = chain.model.used_features
    values = row.select(pl.col(names).cast(pl.Float64)).row(0) if names else ()
    parts = zip(names, map(known, values), shares.contribution, shares.points, strict=True)
    return Answer(
        model=name,
        predicts=chain.config.predicts,
        score=published,
        probability=own if chain.model.is_probability else None,
        raw=raw,
        base=shares.base,
        shares=tuple(Share(*part) for part in parts),
        event=card.event if card else None,
        cut_off=card.cut_off if card else None,
        decision=_decision(card, own) if card else None,
        points=shares.total_points,
        base_points=shares.base_points,
        cut_off_points=_cut_off_points(card) if card else None,
    )


def _data_of(name: str, chain: Chain, folder: Path) -> bytes:
    """The model's file, as it was loaded."""
    data = read_file(folder / chain.config.file)
    if hashlib.sha256(data).hexdigest() != chain.model.fingerprint:
        raise ModelError(f"model '{name}': {chain.config.file} has changed while it was read")
    return data


def _cut_off_points(card: Card) -> float | None:
    scale = scale_of_card(card)
    if scale is None or card.cut_off is None or not 0.0 < card.cut_off < 1.0:
        return None
    return float(scale.points_of_probability(np.array(card.cut_off)))


def _decision(card: Card, probability: float | None) -> str | None:
    if card.cut_off is None or probability is None:
        return None
    names = {None: ("no event", "event"), "bad": ("good", "bad"), "good": ("bad", "good")}
    return names[card.event][probability >= card.cut_off]


def _of_card(card: Card, row: pl.DataFrame) -> _Shares:
    found = contributions(card, row)
    contribution = _listed(found[0])
    if scale_of_card(card) is None:
        return _Shares(card.intercept, contribution, [None] * len(contribution))
    table = points_table(card, found)
    points, total = _listed(table.of_features[0]), known(table.total[0])
    return _Shares(card.intercept, contribution, points, table.base, total)


def _of_trees(chain: Chain, data: bytes, row: pl.DataFrame, raw: float | None) -> _Shares:
    """Without contributions where they do not add up to ``raw``: they rest on how many rows every
    node of the training data had, which a file can lack."""
    used = chain.model.used_features
    none = _Shares(None, [None] * len(used), [None] * len(used))
    if recognised(data) != "lightgbm":
        return none
    names = chain.model.feature_names
    X = np.full((1, len(names)), np.nan)
    place = {name: number for number, name in enumerate(names)}
    for name in used:
        X[0, place[name]] = row[name].cast(pl.Float64).fill_null(np.nan).item()
    try:
        booster = read_model(data.decode())
    except ModelError as exc:
        raise naming(chain.config.file, exc) from exc
    found = cast(NDArray[np.float64], booster.predict(X, pred_contrib=True))[0]
    if raw is None or not math.isclose(found.sum(), raw, rel_tol=1e-6, abs_tol=1e-6):
        return none
    return none._replace(base=float(found[-1]), contribution=[float(found[place[n]]) for n in used])


def _listed(values: NDArray[np.float64]) -> list[float | None]:
    return [known(value) for value in values.tolist()]
