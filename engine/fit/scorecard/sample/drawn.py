"""Who a scorecard is fitted on: the customers that are drawn, what became of them, their parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import BookError, DataError, did_you_mean
from engine.fit.config import FitConfig
from engine.fit.scorecard.rows import Outcome, Vector
from engine.fit.scorecard_config import ScorecardFitConfig
from engine.fit.split import PARTS, draw_sample, split_customers
from engine.fit.target import Target


class Drawn(NamedTuple):
    """``rows``: features and ``target`` of the customers drawn, by key; ``part`` (n,) is a place in
    ``PARTS``. ``everyone``: of all usable customers whose features were made, a sample or not.

    ``names``: candidate features. ``dropped``: features that are no numbers, so that no scorecard
    reads them. ``counts``: who is left out, and why.
    """

    rows: pl.DataFrame
    part: NDArray[np.uint8]
    outcome: Outcome
    names: tuple[str, ...]
    dropped: dict[str, str]
    everyone: pl.DataFrame
    counts: dict[str, int]

    @property
    def bad(self) -> Vector:
        """1 where the customer is bad, whatever the event is."""
        return self.rows["target"].cast(pl.Float64).to_numpy()

    def mine(self, part: str) -> NDArray[np.bool_]:
        """Which rows belong to ``part``."""
        return np.asarray(self.part == PARTS.index(part))

    def outcome_of(self, part: str) -> Outcome:
        """What became of the rows of ``part``."""
        mine = self.mine(part)
        return Outcome(*(values[mine] for values in self.outcome))


def draw(
    features: pl.DataFrame,
    target: Target,
    feature_names: Sequence[str],
    fit: FitConfig,
    config: ScorecardFitConfig,
) -> Drawn:
    """The customers of ``target`` that have features, drawn and split as ``fit`` says.

    Raises
    ------
    BookError
        A column is not there, or a feature that is named is not a number.
    DataError
        Weights below 0, missing, or 0 in all rows of a part; a missing offset; features that are
        infinite; too few good or bad customers in a part.
    """
    chosen = _chosen(features, target.key, feature_names, fit, config)
    names = tuple(name for name in chosen if features.schema[name].is_numeric())
    dropped = {n: f"not a number: {features.schema[n]}" for n in chosen if n not in names}
    everyone = target.frame.join(features, on=target.key, how="inner", maintain_order="left")
    drawn = draw_sample(target.frame, key=target.key, config=fit)
    rows = drawn.select(target.key).join(everyone, on=target.key, maintain_order="left")
    part = split_customers(rows, key=target.key, config=fit)["part"].to_physical().to_numpy()
    _check_finite(rows, names)
    bad = rows["target"].cast(pl.Float64).to_numpy()
    outcome = Outcome(
        event=bad if config.event == "bad" else 1.0 - bad,
        weight=_numbers(rows, config.weights, "fit.scorecard.weights", 1.0, least=0.0),
        offset=_numbers(rows, config.offset, "fit.scorecard.offset", 0.0),
    )
    _check_classes(bad, outcome.weight, part, config, fit.least_bads)
    counts = {
        "customers_not_drawn": len(target.frame) - len(drawn),
        "customers_without_features": len(drawn) - len(rows),
    }
    return Drawn(rows, part, outcome, names, dropped, everyone, counts)


def split_report(drawn: Drawn, fit: FitConfig) -> dict[str, Any]:
    """How the parts were cut; for an out-of-time split the first and last date of each."""
    if fit.split_column is None:
        return {"by": "random", "seed": fit.seed}
    dates = drawn.rows[fit.split_column].cast(pl.Date)
    of_parts = {name: dates.filter(drawn.mine(name)) for name in PARTS}
    bounds = {name: [str(days.min()), str(days.max())] for name, days in of_parts.items()}
    return {"by": fit.split_column, "dates": bounds}


def _chosen(
    features: pl.DataFrame,
    key: str,
    feature_names: Sequence[str],
    fit: FitConfig,
    config: ScorecardFitConfig,
) -> tuple[str, ...]:
    """Features that may enter: those named, which are numbers, or all; never weights, offset, key,
    date."""
    settings = {
        "features": config.features,
        "leave_out": config.leave_out,
        "weights": (config.weights,) if config.weights else (),
        "offset": (config.offset,) if config.offset else (),
    }
    for setting, named in settings.items():
        for name in named:
            _check_number(features, name, f"fit.scorecard.{setting}")
    if "target" in features.columns:
        raise BookError("fit scorecard: a feature is called 'target'; rename it")
    out = {key, fit.split_column, config.weights, config.offset, *config.leave_out}
    chosen = dict.fromkeys(config.features or feature_names)
    return tuple(name for name in chosen if name not in out)


def _check_number(features: pl.DataFrame, name: str, setting: str) -> None:
    if name not in features.columns:
        hint = did_you_mean(name, features.columns)
        raise BookError(f"{setting}: the features have no column '{name}'{hint}")
    kind = features.schema[name]
    if not kind.is_numeric() and not setting.endswith("leave_out"):
        raise BookError(f"{setting}: '{name}' is not a number: {kind}")


def _check_finite(rows: pl.DataFrame, names: Sequence[str]) -> None:
    for name in names:
        if rows.schema[name].is_float() and (count := int(rows[name].is_infinite().sum())):
            raise DataError("a feature is infinite", column=name, count=count)


def _numbers(
    rows: pl.DataFrame, name: str | None, setting: str, default: float, least: float | None = None
) -> Vector:
    """Column ``name`` as float64, ``default`` for all rows where none is named."""
    if name is None:
        return np.full(rows.height, default)
    values = rows[name].cast(pl.Float64).to_numpy()
    if missing := int((~np.isfinite(values)).sum()):
        raise DataError(f"{setting}: missing or infinite", column=name, count=missing)
    if least is not None and (below := int((values < least).sum())):
        raise DataError(f"{setting}: below {least:g}", column=name, count=below)
    return values


def _check_classes(
    bad: Vector,
    weight: Vector,
    part: NDArray[np.uint8],
    config: ScorecardFitConfig,
    least: int,
) -> None:
    """Every part has good and bad customers enough; those of weight 0 are none."""
    counts = {}
    for number, name in enumerate(PARTS):
        counted = (part == number) & (weight > 0.0)
        if config.weights and not counted.any():
            problem = f"fit.scorecard.weights: the weights of the part '{name}' sum to zero"
            raise DataError(problem, column=config.weights, count=int((part == number).sum()))
        bads = int(bad[counted].sum())
        counts[name] = (bads, int(counted.sum()) - bads)
    if min(min(pair) for pair in counts.values()) < least:
        found = ", ".join(
            f"{name} {bads} bad {goods} good" for name, (bads, goods) in counts.items()
        )
        raise DataError(
            f"too few customers to fit a scorecard: every part needs at least {least} bad and "
            f"{least} good ones (fit.least_bads); found {found}",
            count=len(bad),
        )
