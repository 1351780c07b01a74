"""The scorecard and its challengers in one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engine.fit.scorecard.challengers.judge import CutOff, Judge, Row, ScorecardScores
from engine.fit.scorecard.challengers.registry import METHODS, require_challengers
from engine.fit.scorecard.rows import Part, Parts
from engine.fit.scorecard_config import Challenger, Event


def challenge(
    parts: Parts,
    scorecard: ScorecardScores,
    names: Sequence[Challenger],
    *,
    predicts: Event,
    cut_off: CutOff,
    seed: int,
    threads: int,
    note: Callable[[str], None],
) -> list[Row]:
    """The scorecard first, then ``names``; what cannot be fitted is a row with an error.

    An offset that is not 0 is one more column for the challengers. The same input and seed give
    the same table.

    Parameters
    ----------
    parts
        All columns that a method may use, not only those the scorecard has kept.
    predicts
        What the event is.
    cut_off
        The scorecard's own rule, used on every method's training scores.
    note
        Told of every method before it is fitted.

    Raises
    ------
    BookError
        A method needs a library that is not installed.
    """
    require_challengers(names)
    offset = any(part.outcome.offset.any() for part in parts[1:])
    train, validation, heldout = (_with_offset(part, offset) for part in parts[1:])
    judge = Judge(train.outcome, heldout.outcome, predicts, cut_off)
    own = Row("scorecard", "nightbook", "rows", scorecard.features)
    rows = [judge.figures(own, scorecard.train, scorecard.heldout, probability=True)]
    for name in names:
        note(f"challenger {name}")
        method = METHODS[name]
        row = Row(name, method.library, method.weights)
        try:
            found = method.fit(train, validation, seed=seed, threads=threads)
            score = found.score(heldout.X)
            full = row._replace(features=found.features, tuned=found.tuned)
            full = judge.figures(full, found.score(train.X), score, probability=found.probability)
            full = judge.gain(full, score, scorecard.heldout, seed=seed, threads=threads)
        except Exception as exc:  # whatever a library raises: the scorecard must not be lost
            full = row._replace(error=f"{type(exc).__name__}: {exc}")
        rows.append(full)
    return rows


def _with_offset(part: Part, offset: bool) -> Part:
    """The part without its offset, which becomes a column where some part has one."""
    X, outcome = part
    if offset:
        X = np.column_stack([X, outcome.offset])
    return Part(X, outcome._replace(offset=np.zeros(len(X))))
