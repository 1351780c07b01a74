"""Rivals of one grade as weighted points in rate and ln(limit): from offers, or from averages."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import DataError
from engine.fit.market.dispersion import Dispersion, disperse
from engine.fit.market_config import MarketConfig

Vector = NDArray[np.float64]

POOLED = "other"
"""The name of sectors with too few offers in a grade. The market of a grade is the sum of its
sectors, so pooling changes no probability, only which name a cliff or a picture shows."""


class Rivals(NamedTuple):
    """The market of one grade.

    ``rate``, ``log_limit``, ``share`` (sums to 1): float64 ``(n,)``; ``sector``: int ``(n,)``, the
    place in ``sectors``. Each rate is spread over ``half_width`` to either side. ``rows``: table
    rows per sector. ``effective``: the number of equally weighted offers that say as much,
    ``(sum w)^2 / sum w^2`` (Kish 1965), infinite for averages. ``pooled``: sectors named ``other``.
    """

    grade: str
    rate: Vector
    log_limit: Vector
    share: Vector
    sector: NDArray[np.int64]
    sectors: tuple[str, ...]
    half_width: float
    rows: tuple[int, ...]
    effective: float
    pooled: tuple[str, ...]

    def of_sector(self, code: int) -> Rivals:
        """The points of one sector; their shares sum to the sector's."""
        mine = self.sector == code
        return self._replace(
            rate=self.rate[mine],
            log_limit=self.log_limit[mine],
            share=self.share[mine],
            sector=self.sector[mine],
        )


def rivals_by_grade(table: pl.DataFrame, config: MarketConfig, file: str) -> list[Rivals]:
    """One market per grade of a checked table, in the order of their names.

    Raises
    ------
    DataError
        A grade has fewer offers than ``config.least_offers``, or the assumed spread of rates does
        not fit an average.
    """
    grades = sorted(table["grade"].unique().to_list())
    build = _from_offers if config.averages is None else _from_averages
    return [build(grade, table.filter(pl.col("grade") == grade), config, file) for grade in grades]


def _from_offers(grade: str, table: pl.DataFrame, config: MarketConfig, file: str) -> Rivals:
    if len(table) < config.least_offers:
        raise DataError(
            f"grade '{grade}' has fewer offers than market.least_offers ({config.least_offers})",
            file=file,
            count=len(table),
        )
    small = table.group_by("sector").len().filter(pl.col("len") < config.least_offers)
    pooled = tuple(sorted(small["sector"].to_list()))
    named = table.with_columns(
        pl.when(pl.col("sector").is_in(list(pooled)))
        .then(pl.lit(POOLED))
        .otherwise("sector")
        .alias("sector")
    )
    sectors, code = np.unique(named["sector"].to_numpy(), return_inverse=True)
    weight = named["weight"].to_numpy()
    weight = weight / weight.max()  # so that squares neither vanish nor overflow
    return Rivals(
        grade=grade,
        rate=named["rate"].to_numpy(),
        log_limit=np.log(named["limit"].to_numpy()),
        share=weight / weight.sum(),
        sector=code.astype(np.int64),
        sectors=tuple(str(name) for name in sectors),
        half_width=config.bandwidth / 2,
        rows=tuple(int(count) for count in np.bincount(code)),
        effective=float(weight.sum() ** 2 / (weight**2).sum()),
        pooled=pooled,
    )


def _from_averages(grade: str, table: pl.DataFrame, config: MarketConfig, file: str) -> Rivals:
    ordered = table.sort("sector")
    assumed = Dispersion.of(config)
    parts = [
        disperse(row["rate"], row["limit"], assumed, place=_place(row), file=file)
        for row in ordered.iter_rows(named=True)
    ]
    weight = ordered["weight"].to_numpy()
    share = [part.share * w for part, w in zip(parts, weight / weight.sum(), strict=True)]
    sizes = [part.share.size for part in parts]
    return Rivals(
        grade=grade,
        rate=np.concatenate([part.rate for part in parts]),
        log_limit=np.concatenate([part.log_limit for part in parts]),
        share=np.concatenate(share),
        sector=np.repeat(np.arange(len(parts)), sizes),
        sectors=tuple(ordered["sector"].to_list()),
        half_width=assumed.spacing,
        rows=(1,) * len(parts),
        effective=float("inf"),
        pooled=(),
    )


def _place(row: dict[str, Any]) -> str:
    return f"sector '{row['sector']}', grade '{row['grade']}'"
