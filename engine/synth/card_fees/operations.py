"""Card operations, raw/operations.parquet: the year up to the review, and some weeks after it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from engine.synth.blocks import BLOCK, FIRST_ID, Block, Stream
from engine.synth.card_fees.holders import YEAR, Holders
from engine.synth.operations import running_number
from engine.synth.population import Floats, Integers

AFTER = 91  # days; they are in the file for features to leave out, no fee comes of them
_SPREAD = 4.0  # shape of a customer's amounts: their coefficient of variation is 1/2
_MOST = 999  # keeps operation_id unique: customer x 1000 + number


class Operations(NamedTuple):
    """Arrays of one length, by ``owner`` (row of the block) but not by day.

    ``day`` counts from the review, which is day 0; ``amount`` > 0, in whole hundredths.
    """

    owner: Integers
    day: Integers
    amount: Floats


def draw_known(rng: np.random.Generator, holders: Holders) -> Operations:
    """Of the year up to the review, or of the time since activation where that is shorter.

    A Poisson number at the customer's rate, gamma distributed amounts around its mean amount.
    ``rng``: the stream of operations at its beginning.
    """
    known = np.minimum(holders.tenure_days, YEAR)
    return _draw(rng, holders, first=1 - known, days=known)


def draw_later(rng: np.random.Generator, holders: Holders) -> Operations:
    """After the review, in the same way."""
    return _draw(rng, holders, first=np.ones(BLOCK, np.int64), days=np.full(BLOCK, AFTER))


def _draw(
    rng: np.random.Generator, holders: Holders, *, first: Integers, days: Integers
) -> Operations:
    counts = np.minimum(rng.poisson(holders.rate * days), _MOST // 2)
    owner = np.repeat(np.arange(BLOCK), counts)
    amount = rng.standard_gamma(_SPREAD, owner.size) * (holders.amount[owner] / _SPREAD)
    day = first[owner] + rng.integers(0, days[owner])
    return Operations(owner, day, np.maximum(amount, 0.01).round(2))


def operations_frame(block: Block, holders: Holders) -> pl.DataFrame:
    """Sorted by customer, date, id."""
    rng = block.generator(Stream.CARD_OPERATIONS)
    parts = draw_known(rng, holders), draw_later(rng, holders)
    owner, day, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((day, owner))
    owner, day, amount = owner[order], day[order], amount[order]
    ids = holders.customer_id[owner]
    number = running_number(np.bincount(owner, minlength=BLOCK))
    return pl.DataFrame(
        {
            "customer_id": ids,
            "operation_date": holders.reviewed_on[owner] + day,
            "operation_id": (ids - FIRST_ID) * (_MOST + 1) + number,
            "amount": amount,
        }
    )
