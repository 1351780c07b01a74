"""The monthly statements: raw/statements/part-*.parquet, one part per block."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from engine.synth.accounts import Accounts
from engine.synth.arrears import Paths
from engine.synth.blocks import BLOCK, FIRST_ID, Block, Stream
from engine.synth.population import HISTORY, Floats, Population

_NOT_REPORTED = {"payment": 0.02, "purchases": 0.01, "minimum_payment": 0.03}
"""Share of values that the source system did not deliver."""


def statements_frame(
    block: Block, population: Population, paths: Paths, accounts: Accounts
) -> pl.DataFrame:
    """HISTORY rows per customer, sorted by customer and date; the last is dated on the review day.

    Money is EUR. ``days_past_due`` is of the statement date.
    """
    rng = block.generator(Stream.STATEMENTS)
    ids = np.repeat(population.customer_id, HISTORY)
    minimum = np.minimum(np.maximum(0.03 * accounts.balance, 15.0), accounts.balance)
    columns = {
        "balance": accounts.balance,
        "credit_limit": accounts.credit_limit,
        "payment": accounts.payment,
        "minimum_payment": minimum.round(2),
        "purchases": accounts.purchases,
        "cash_advances": accounts.cash_advances,
        "interest": accounts.interest,
    }
    frame = pl.DataFrame(
        {
            "customer_id": ids,
            "statement_date": population.days(np.arange(1 - HISTORY, 1)).ravel(),
            "statement_id": np.tile(np.arange(1, HISTORY + 1), BLOCK) + (ids - FIRST_ID) * HISTORY,
            **{name: values.ravel() for name, values in columns.items()},
            "days_past_due": paths.days_past_due()[:, :HISTORY].ravel(),
        }
    )
    return with_gaps(frame, _NOT_REPORTED, rng)


def with_gaps(
    frame: pl.DataFrame, shares: Mapping[str, float | Floats], rng: np.random.Generator
) -> pl.DataFrame:
    """Nulls at random; a share is one for all rows or (rows,), one for each."""
    gaps = {name: rng.random(len(frame)) < share for name, share in shares.items()}
    return frame.with_columns(
        pl.when(~pl.lit(pl.Series(gap))).then(pl.col(name)).alias(name)
        for name, gap in gaps.items()
    )
