"""What happened in the year after the review: raw/performance.parquet, the source of the target."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.synth.arrears import Paths
from engine.synth.blocks import BLOCK, Block, Stream
from engine.synth.population import HISTORY, OUTCOME, Population

_NOT_OBSERVED = 0.004  # customers who left, so that nothing is known of their year


def performance_frame(block: Block, population: Population, paths: Paths) -> pl.DataFrame:
    """OUTCOME rows per observed customer, sorted by customer and month: days past due on that day.

    The arrears continue the path of the statements.
    """
    rng = block.generator(Stream.PERFORMANCE)
    observed = rng.random(BLOCK) >= _NOT_OBSERVED
    months = population.days(np.arange(1, OUTCOME + 1))
    return pl.DataFrame(
        {
            "customer_id": np.repeat(population.customer_id[observed], OUTCOME),
            "month": months[observed].ravel(),
            "days_past_due": paths.days_past_due()[observed][:, HISTORY:].ravel(),
        }
    )
