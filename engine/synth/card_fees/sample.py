"""Customers of the fee book without files: the seven features, the label, and the truth.

The same draws as in the files: a customer has the features that a run of the book gives it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from engine.errors import BookError
from engine.synth.blocks import BLOCK, Block, Stream
from engine.synth.card_fees.charges import Uses, draw_uses, outcome_income
from engine.synth.card_fees.holders import USES, YEAR, Holders, draw_holders
from engine.synth.card_fees.operations import draw_known
from engine.synth.card_fees.truth import GOOD_INCOME, bayes_rule, published_rule
from engine.synth.population import Floats, Integers

MATTER = ("products", "sms_banking", "operation_amount_per_day", "turnover_per_day")
DO_NOT = ("operations_per_day", "tele_banking", "statements_ordered")
FEATURES = MATTER + DO_NOT


class Sample(NamedTuple):
    """``features``: ``customer_id`` and FEATURES, (n, 8), float64; the arrays are (n,).

    ``fee_income`` of the year after the review; ``good``: 1 where it is 10,000 or more;
    ``probability``: ``bayes_rule``; ``published``: 1 or 0 as drawn from ``published_rule``.
    """

    features: pl.DataFrame
    fee_income: Integers
    good: Integers
    probability: Floats
    published: Integers


def draw_sample(customers: int, *, seed: int) -> Sample:
    """The first ``customers`` customers of the book of ``seed`` that a scorecard is fitted on.

    Those with payroll and corporate cards and with cards of less than a year are left out, so about
    a fifth of the book. Memory grows with ``customers``: some 100 bytes each.

    Raises
    ------
    BookError
        ``customers`` below 1 or ``seed`` below 0.
    """
    if customers < 1 or seed < 0:
        raise BookError(f"a sample needs customers >= 1 and seed >= 0, not {customers} and {seed}")
    parts: list[Sample] = []
    while sum(len(part.good) for part in parts) < customers:
        parts.append(_of_block(Block(seed, len(parts), BLOCK)))
    features, *arrays = zip(*parts, strict=True)
    return Sample(
        pl.concat(features).head(customers),
        *(np.concatenate(array)[:customers] for array in arrays),
    )


def _of_block(block: Block) -> Sample:
    holders = draw_holders(block)
    uses = draw_uses(block.generator(Stream.CHARGES), holders)
    features = _features(block, holders, uses)
    income = outcome_income(holders, uses)
    chance = block.generator(Stream.PUBLISHED_LABELS).random(BLOCK)
    keep = holders.judged
    return Sample(
        features.filter(keep),
        income[keep],
        (income >= GOOD_INCOME).astype(np.int64)[keep],
        bayes_rule(holders)[keep],
        (chance < published_rule(features)).astype(np.int64)[keep],
    )


def _features(block: Block, holders: Holders, uses: Uses) -> pl.DataFrame:
    """As the preset ``card_fees`` defines them, over the year up to the review."""
    known = draw_known(block.generator(Stream.CARD_OPERATIONS), holders)
    count = np.bincount(known.owner, minlength=BLOCK)
    total = np.bincount(known.owner, weights=known.amount, minlength=BLOCK)
    columns = {
        "products": holders.products,
        "sms_banking": holders.sms_banking,
        "operation_amount_per_day": total / np.maximum(count, 1),
        "turnover_per_day": total / YEAR,
        "operations_per_day": count / YEAR,
        "tele_banking": holders.tele_banking,
        "statements_ordered": uses.known[:, USES.index("statement_copy")],
    }
    frame = pl.DataFrame(columns).cast(pl.Float64)
    return frame.insert_column(0, pl.Series("customer_id", holders.customer_id))
