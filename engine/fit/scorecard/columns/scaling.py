"""A feature as a number: mean 0 and variance 1, or 0 to 1, or as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from engine.errors import DataError
from engine.fit.scorecard.logistic.checks import SIZES
from engine.fit.scorecard.rows import Vector

Scaling = Literal["standardise", "normalise", "none"]


@dataclass(frozen=True, slots=True)
class ScaledColumn:
    """``(x - origin) / unit``, a missing x replaced by ``impute``, the training rows' mean."""

    name: str
    impute: float
    origin: float
    unit: float

    def of(self, values: pl.Series) -> Vector:
        numbers = values.cast(pl.Float64).to_numpy()
        return (np.where(np.isnan(numbers), self.impute, numbers) - self.origin) / self.unit

    def entry(self, coefficient: float) -> dict[str, object]:
        found: dict[str, object] = {
            "name": self.name,
            "coefficient": coefficient,
            "impute": self.impute,
        }
        if (self.origin, self.unit) != (0.0, 1.0):
            found |= {"mean": self.origin, "std": self.unit}
        return found


def fit_scaled(name: str, values: Vector, weight: Vector, scaling: Scaling) -> ScaledColumn | None:
    """The column of ``values`` (n,), NaN where missing; None where it would be constant.

    ``standardise``: mean and variance are weighted, of all rows, missing ones at the mean (so the
    divisor is the sum of all weights). ``normalise``: least and greatest value become 0 and 1;
    values outside that range leave it.

    Raises
    ------
    DataError
        Infinite values, or others so large, or all so near each other, that a fit would lose them.
    """
    there = ~np.isnan(values)
    numbers, weights = values[there], weight[there]
    if not numbers.size or numbers.min() == numbers.max():
        return None
    least, most = float(numbers.min()), float(numbers.max())
    _check_sizes(name, numbers, most - least)
    # from the least value, so that a large common part costs no digits
    mean = least + float(weights @ (numbers - least)) / float(weights.sum())
    if scaling == "none":
        return ScaledColumn(name, mean, 0.0, 1.0)
    if scaling == "normalise":
        return ScaledColumn(name, mean, least, most - least)
    std = float(np.sqrt(weights @ np.square(numbers - mean) / weight.sum()))
    return ScaledColumn(name, mean, mean, std)


def _check_sizes(name: str, numbers: Vector, span: float) -> None:
    smallest, largest = SIZES
    if count := int((np.abs(numbers) > largest).sum()):
        problem = f"infinite, or beyond {largest:g}, which cannot be scaled"
        raise DataError(problem, column=name, count=count)
    if span < smallest:
        problem = f"all values lie within {smallest:g} of each other; use another unit"
        raise DataError(problem, column=name, count=numbers.size)
