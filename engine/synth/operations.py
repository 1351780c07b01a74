"""Card operations of the year before the review: raw/operations.parquet."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.synth.blocks import BLOCK, FIRST_ID, Block, Stream
from engine.synth.population import Integers, Population

YEAR = 365
_MEAN_COUNT = 16.0  # operations a customer and year, before the spread
_MOST = 999  # keeps operation_id unique: customer x 1000 + number


def operations_frame(block: Block, population: Population) -> pl.DataFrame:
    """0 to 999 operations per customer, sorted by customer, date, id; ``amount`` is EUR, > 0.

    Dates lie in the YEAR days up to the review. More products and income bring more operations and
    higher amounts; some customers have none.
    """
    rng = block.generator(Stream.OPERATIONS)
    activity = rng.lognormal(-0.3, 0.8, BLOCK) * (0.6 + 0.2 * population.products)
    counts = np.minimum(rng.poisson(_MEAN_COUNT * activity), _MOST)
    owner = np.repeat(np.arange(BLOCK), counts)
    days_before = rng.integers(0, YEAR, owner.size)
    order = np.lexsort((-days_before, owner))  # owner is sorted: this sorts dates within a customer
    typical = 3.2 + 0.25 * np.log(population.income / 20_000.0) + 0.5 * rng.standard_normal(BLOCK)
    amount = np.exp(typical[owner] + 0.9 * rng.standard_normal(owner.size))
    ids = population.customer_id[owner]
    return pl.DataFrame(
        {
            "customer_id": ids,
            "operation_date": population.reviewed_on[owner] - days_before[order],
            "operation_id": (ids - FIRST_ID) * (_MOST + 1) + running_number(counts),
            "amount": np.maximum(amount, 0.5).round(2),
        }
    )


def running_number(counts: Integers) -> Integers:
    """0, 1, ... within each of consecutive groups of ``counts`` rows."""
    starts = np.cumsum(counts) - counts
    return np.arange(int(counts.sum())) - np.repeat(starts, counts)
