"""Which customers train the model, which stop it early, which judge it.

The held-out part is cut off first; the rest is cut again in the same way into train and validation.
With ``split_column`` a cut is out of time: the held-out part is the latest, and a date is never on
both sides. Without it customers are drawn by seed. Rows are sorted by key before anything is drawn,
so the order in which customers arrive does not matter.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import BookError, DataError, did_you_mean
from engine.fit.config import FitConfig

PARTS = ("train", "validation", "heldout")
Part = pl.Enum(PARTS)

_SAMPLE, _HELDOUT, _VALIDATION = range(3)  # one stream of random numbers per draw


def draw_sample(customers: pl.DataFrame, *, key: str, config: FitConfig) -> pl.DataFrame:
    """``config.sample`` customers drawn by seed (all where it is not smaller), sorted by key.

    Drawing from what was drawn changes nothing, so the caller may draw before it computes features.
    """
    ordered = customers.sort(key)
    if config.sample is None or config.sample >= len(ordered):
        return ordered
    return ordered[np.sort(_permutation(len(ordered), config.seed, _SAMPLE)[: config.sample])]


def split_customers(customers: pl.DataFrame, *, key: str, config: FitConfig) -> pl.DataFrame:
    """Assigns each customer to a part: ``key`` and ``part`` (enum ``PARTS``), sorted by key.

    Parameters
    ----------
    customers:
        One row per customer with ``key`` and, where the config names one, the date to split by.

    Raises
    ------
    BookError
        The split column is not there or not a date.
    DataError
        A date is null, or there are too few customers or dates for three parts.
    """
    ordered = customers.sort(key)
    dates = None if config.split_column is None else _dates(ordered, config.split_column)
    rows = np.arange(len(ordered))
    part = np.zeros(len(ordered), dtype=np.uint8)
    for number, stream in ((2, _HELDOUT), (1, _VALIDATION)):
        late = (
            _random_part(len(rows), config, stream)
            if dates is None
            else _latest_part(dates[rows], config)
        )
        part[rows[late]] = number
        rows = rows[~late]
    names = pl.Series("part", part).replace_strict(range(len(PARTS)), PARTS, return_dtype=Part)
    return ordered.select(pl.col(key), names)


def _permutation(size: int, seed: int, stream: int) -> NDArray[np.int64]:
    return np.random.default_rng([seed, stream]).permutation(size)


def _random_part(size: int, config: FitConfig, stream: int) -> NDArray[np.bool_]:
    """A ``holdout`` share of rows, at least one and not all."""
    if size < 2:
        raise DataError("too few usable customers for train, validation and held-out", count=size)
    wanted = min(max(round(config.holdout * size), 1), size - 1)
    drawn = np.zeros(size, dtype=np.bool_)
    drawn[_permutation(size, config.seed, stream)[:wanted]] = True
    return drawn


def _latest_part(days: NDArray[np.int64], config: FitConfig) -> NDArray[np.bool_]:
    """The latest whole dates whose share of customers is nearest to ``holdout``; ties: the larger.

    The first date always stays on the other side.
    """
    distinct, counts = np.unique(days, return_counts=True)
    if distinct.size < 2:
        raise DataError(
            "an out-of-time split needs at least three dates; leave out fit.split_column for a "
            "random split",
            column=config.split_column,
            count=len(days),
        )
    from_here = np.cumsum(counts[::-1])[::-1][1:]  # customers at or after distinct[1], [2], ...
    distance = np.abs(from_here / len(days) - config.holdout)
    first_late = distinct[1 + int(np.argmin(distance))]
    return np.asarray(days >= first_late)


def _dates(ordered: pl.DataFrame, column: str) -> NDArray[np.int64]:
    """The split column as days since 1970."""
    if column not in ordered.columns:
        hint = did_you_mean(column, ordered.columns)
        raise BookError(f"fit.split_column: the customers have no column '{column}'{hint}")
    values = ordered[column]
    if values.dtype not in (pl.Date, pl.Datetime):
        raise BookError(f"fit.split_column: '{column}' is {values.dtype}, not a date")
    if nulls := values.null_count():
        raise DataError("customers to split by date have none", column=column, count=nulls)
    return values.cast(pl.Date).cast(pl.Int32).cast(pl.Int64).to_numpy()
