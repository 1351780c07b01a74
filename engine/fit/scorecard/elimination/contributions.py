"""What backward elimination asks of a method: what each feature in the model contributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from engine.errors import DataError
from engine.fit.scorecard.rows import Outcome


class Contributions(NamedTuple):
    """Of the features in the model, in their order: what is lost if it goes, and its p value.

    NaN where a method has not looked, since others are sure to be weaker.
    """

    statistic: list[float]
    p_value: list[float]
    wilks_lambda: float | None


class Method(Protocol):
    """A model of the features that have not been removed; it begins with all."""

    def contributions(self) -> Contributions: ...

    def remove(self, place: int) -> None:
        """Takes out the feature at ``place`` among those that are left."""
        ...


def check_outcome(outcome: Outcome, names: Sequence[str]) -> None:
    """There are both classes, and more rows (by weight too) than features.

    Raises
    ------
    DataError
        It is not so.
    """
    weight = outcome.weight
    size, total = int(np.count_nonzero(weight)), float(weight.sum())
    if min(size, total) <= len(names) + 1:
        raise DataError(
            f"elimination: {len(names)} features need more than {len(names) + 1} rows with weight; "
            f"their weights sum to {total:g}",
            count=size,
        )
    if not 0 < float(weight @ outcome.event) < total:
        raise DataError("elimination: all rows with weight are of one class", count=size)
