"""Fees charged in the year before the review, raw/fees.csv, and what they cost, raw/tariffs.csv."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from engine.synth.arrears import Paths
from engine.synth.blocks import BLOCK, FIRST_ID, Block, Stream
from engine.synth.operations import YEAR
from engine.synth.population import HISTORY, Floats, Population


class Tariff(NamedTuple):
    """A fee: EUR each time it is charged, and its period in days (None: each time it happens)."""

    fee_type: str
    tariff: float
    period_days: int | None


TARIFFS = (
    Tariff("annual_service", 24.0, 365),
    Tariff("sms_service", 6.0, 182),
    Tariff("atm_other_bank", 3.5, None),
    Tariff("late_payment", 18.0, None),
    Tariff("statement_copy", 2.0, None),
)
_MOST = 99  # keeps fee_id unique: customer x 100 + number


def tariffs_frame() -> pl.DataFrame:
    """The lookup table: one row per fee type."""
    return pl.DataFrame(TARIFFS, schema=Tariff._fields, orient="row")


def fees_frame(block: Block, population: Population, paths: Paths) -> pl.DataFrame:
    """Fee events, sorted by customer, date, id; ``number`` is how often the fee was charged."""
    rng = block.generator(Stream.FEES)
    expected = _expected(population, paths)
    fixed = np.array([tariff.period_days is not None for tariff in TARIFFS])
    events = np.where(fixed, expected, rng.poisson(expected)).astype(np.int64)
    events = np.minimum(events, _MOST // len(TARIFFS))
    owner, fee = (np.repeat(index.ravel(), events.ravel()) for index in np.indices(events.shape))
    frame = pl.DataFrame(
        {
            "customer_id": population.customer_id[owner],
            "fee_date": population.reviewed_on[owner] - rng.integers(0, YEAR, owner.size),
            "fee_type": pl.Series([tariff.fee_type for tariff in TARIFFS])[fee],
            "number": 1 + rng.poisson(0.15, owner.size) * ~fixed[fee],
        }
    ).sort("customer_id", "fee_date", maintain_order=True)
    number = pl.int_range(pl.len()).over("customer_id")
    fee_id = (pl.col("customer_id") - FIRST_ID) * (_MOST + 1) + number
    return frame.select("customer_id", "fee_date", fee_id.alias("fee_id"), "fee_type", "number")


def _expected(population: Population, paths: Paths) -> Floats:
    """(BLOCK, fees): how many of each fee to expect in the year."""
    slips = (np.diff(paths.missed[:, :HISTORY], axis=1, prepend=0) > 0).sum(axis=1)
    return np.column_stack(
        [
            np.ones(BLOCK),
            2.0 * population.sms_banking,
            0.35 * population.products * np.exp(0.2 * population.risk),
            0.8 * slips,
            np.full(BLOCK, 0.15),
        ]
    )
