"""The customers a model is adapted to, and those it is judged on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import DataError
from engine.fit.config import FitConfig
from engine.fit.scorecard.rows import Vector
from engine.fit.scorecard_config import Event
from engine.fit.split import PARTS, draw_sample, split_customers
from engine.fit.target import Target

TRAIN, VALIDATION, HELD_OUT = range(len(PARTS))


class TuningRows(NamedTuple):
    """One row per customer, by key: ``features``; ``event`` 0 or 1; ``part``, a place in ``PARTS``.

    ``without_features``: customers that were drawn and are in quarantine.
    """

    features: pl.DataFrame
    event: Vector
    part: NDArray[np.uint8]
    without_features: int

    def of(self, part: int) -> NDArray[np.bool_]:
        """Which rows are of a part."""
        return np.asarray(self.part == part)


def tuning_rows(
    features: pl.DataFrame, target: Target, config: FitConfig, event: Event
) -> TuningRows:
    """The drawn customers, split as ``fit pd`` splits them; the event "good" is 1 - target.

    Raises
    ------
    BookError, DataError
        The split column is not there or not a date; a part has fewer than ``config.least_bads``
        customers with the event or without.
    """
    drawn = draw_sample(target.frame, key=target.key, config=config)
    rows = drawn.join(features, on=target.key, how="inner", maintain_order="left")
    part = split_customers(rows, key=target.key, config=config)["part"].to_physical().to_numpy()
    bad = rows["target"].cast(pl.Float64).to_numpy()
    found = TuningRows(rows, bad if event == "bad" else 1.0 - bad, part, len(drawn) - len(rows))
    _check_classes(found, config.least_bads)
    return found


def _check_classes(rows: TuningRows, least: int) -> None:
    counts = []
    for number in range(len(PARTS)):
        event = rows.event[rows.of(number)]
        counts.append((int(event.sum()), int((1.0 - event).sum())))
    if min(min(pair) for pair in counts) < least:
        found = ", ".join(
            f"{name} {ones} and {zeros}" for name, (ones, zeros) in zip(PARTS, counts, strict=True)
        )
        raise DataError(
            f"too few customers to adapt a model to: every part needs at least {least} with the "
            f"event and {least} without (fit.least_bads); found {found}",
            count=len(rows.event),
        )
