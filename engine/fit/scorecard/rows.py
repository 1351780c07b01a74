"""What a scorecard is fitted on: rows of features, as they come, and as a design matrix."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Outcome(NamedTuple):
    """Per row: ``event`` 0 or 1, ``weight`` >= 0, ``offset`` (log odds known beforehand)."""

    event: Vector
    weight: Vector
    offset: Vector


class Column(Protocol):
    """A feature as the design matrix has it: scaled, or as weights of evidence."""

    @property
    def name(self) -> str: ...

    def of(self, values: pl.Series) -> Vector:
        """``values`` float64, null where missing, as finite numbers ``(n,)``."""
        ...

    def entry(self, coefficient: float) -> dict[str, object]:
        """The feature in a scorecard JSON (``engine.score.scorecard_json``); scored by that, it
        adds ``coefficient * of(values)`` to z."""
        ...


class Part(NamedTuple):
    """The rows of one part: ``X`` (n, p), C order, finite; and what became of them."""

    X: Matrix
    outcome: Outcome


class Parts(NamedTuple):
    """One split: ``names`` of the p columns; rows to train on, to tune on, to judge by."""

    names: tuple[str, ...]
    train: Part
    validation: Part
    heldout: Part
