"""What the features of a table ask of the kernel, column by column."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from engine.aggregate.config import Window
from engine.aggregate.recipe import Feature
from engine.aggregate.statistics import for_kernel
from kernels.segments import Ask


class Asked(NamedTuple):
    """Series in the order of the features, and of each what is asked and how that is named.

    A series is a column, or (True) the differences of one from row to row.
    """

    series: tuple[tuple[str, bool], ...]
    asks: tuple[tuple[Ask, ...], ...]
    names: tuple[tuple[str, ...], ...]


@lru_cache(maxsize=64)
def asked(features: tuple[Feature, ...], windows: tuple[Window, ...], gathered: bool) -> Asked:
    """Those of ``features`` in one of ``windows``; chunk after chunk asks the same.

    A difference looks back over all rows of the customer; the rows that are ``gathered`` have lost
    their neighbours, so there it is a series of its own.
    """
    position = {window: number for number, window in enumerate(windows)}
    by_series: dict[tuple[str, bool], dict[str, Ask]] = {}
    for feature in features:
        if feature.window in position:
            diff = feature.of == "diff"
            statistic, lag = for_kernel(feature.statistic)
            ask = Ask(position[feature.window], statistic, diff and not gathered, lag)
            by_series.setdefault((feature.column, diff and gathered), {})[feature.name] = ask
    return Asked(
        tuple(by_series),
        tuple(tuple(asks.values()) for asks in by_series.values()),
        tuple(tuple(asks) for asks in by_series.values()),
    )
