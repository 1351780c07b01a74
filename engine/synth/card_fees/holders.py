"""Who holds a card, and the behaviour that stays the same from one year to the next.

Operations and fees of every period are drawn from this behaviour, so the year before the review
tells of the year after it, as well as counts of one year can. What fees depend on is ``uses``:

* Other banks' machines are used ``12.8 + 0.0016 v - 0.0004 a`` times a year, v being the turnover
  of a day and a the mean amount of an operation: who spends more draws cash more often, who is used
  to large amounts does so less. Nothing else of a customer's operations counts.
* Statements are ordered ``0.2 + 0.25 products`` times a year, and payments are late 0.3 times,
  by chance: last year's do not tell of next year's beyond the number of products.

Tele-banking costs nothing; it is likelier for those with more products or with SMS banking. All
figures are assumptions, in the currency of the source of the threshold and the coefficients
(``engine.synth.fee_good``); the shares make about two customers in five good.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from engine.synth.blocks import BLOCK, Block, Stream
from engine.synth.population import Days, Floats, Integers

YEAR = 365
USES = ("atm_other_bank", "statement_copy", "late_payment")  # the columns of ``Holders.uses``
KINDS = ("classic", "gold", "payroll", "corporate")
OTHERS_PAY = ("payroll", "corporate")  # their fees are the employer's
_KIND_SHARE = (0.60, 0.25, 0.12, 0.03)
_PRODUCT_SHARE = (0.30, 0.32, 0.22, 0.11, 0.05)  # of 1, 2, ... products

MEAN_AMOUNT = 12_000.0
OPERATIONS_PER_DAY = 0.25
_SHAPE = 9.0  # of both gamma distributions: the coefficient of variation is 1/3
_LEAST_USES = 0.5  # other banks' machines, a year: 12.8 + 0.0016 v - 0.0004 a can fall below

FIRST_REVIEW = np.datetime64("2024-04-01", "D")
_NEW = 0.06  # share of cards that were activated within the year before the review
_LEAST_TENURE, _MOST_TENURE = 20, 3 * YEAR


@dataclass(frozen=True, slots=True)
class Holders:
    """One block of customers; arrays are (BLOCK,), sorted by ``customer_id``.

    ``amount`` (mean of an operation), ``rate`` (operations a day) and ``uses`` (BLOCK, 3: how often
    a year each fee of ``USES`` is charged) are latent: nothing of them is written. ``kind`` is an
    index into KINDS. The card was activated ``tenure_days`` before ``reviewed_on``, the as-of date.
    """

    customer_id: Integers
    reviewed_on: Days
    tenure_days: Integers
    kind: Integers
    products: Integers
    sms_banking: Integers
    tele_banking: Integers
    amount: Floats
    rate: Floats
    uses: Floats

    @property
    def judged(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """(BLOCK,) whose fee income is their own, and who had the card the whole year before."""
        others_pay = [KINDS.index(kind) for kind in OTHERS_PAY]
        return ~np.isin(self.kind, others_pay) & (self.tenure_days >= YEAR)


def draw_holders(block: Block) -> Holders:
    """Draws the customers of a block. Kind, tenure and review tell nothing of behaviour."""
    rng = block.generator(Stream.HOLDERS)
    products = 1 + rng.choice(len(_PRODUCT_SHARE), BLOCK, p=_PRODUCT_SHARE)
    sms_banking = (rng.random(BLOCK) < 0.35 + 0.06 * products).astype(np.int64)
    tele_banking = rng.random(BLOCK) < 0.10 + 0.25 * sms_banking + 0.06 * products
    amount = rng.gamma(_SHAPE, MEAN_AMOUNT / _SHAPE, BLOCK)
    rate = rng.gamma(_SHAPE, OPERATIONS_PER_DAY / _SHAPE, BLOCK)
    return Holders(
        customer_id=block.first_id + np.arange(BLOCK),
        reviewed_on=FIRST_REVIEW + rng.integers(0, YEAR, BLOCK),
        tenure_days=_tenure_days(rng),
        kind=rng.choice(len(KINDS), BLOCK, p=_KIND_SHARE),
        products=products,
        sms_banking=sms_banking,
        tele_banking=tele_banking.astype(np.int64),
        amount=amount,
        rate=rate,
        uses=_uses(products, amount, amount * rate),
    )


def _tenure_days(rng: np.random.Generator) -> Integers:
    old = YEAR + rng.exponential(200.0, BLOCK).astype(np.int64)
    new = rng.integers(_LEAST_TENURE, YEAR, BLOCK)
    return np.where(rng.random(BLOCK) < _NEW, new, np.minimum(old, _MOST_TENURE))


def _uses(products: Integers, amount: Floats, turnover: Floats) -> Floats:
    machines = np.maximum(12.8 + 0.0016 * turnover - 0.0004 * amount, _LEAST_USES)
    return np.column_stack([machines, 0.2 + 0.25 * products, np.full(BLOCK, 0.3)])


def holders_frame(holders: Holders) -> pl.DataFrame:
    """raw/customers.parquet."""
    return pl.DataFrame(
        {
            "customer_id": holders.customer_id,
            "reviewed_on": holders.reviewed_on,
            "activated_on": holders.reviewed_on - holders.tenure_days,
            "card_kind": pl.Series(KINDS)[holders.kind],
            "products": holders.products,
            "sms_banking": holders.sms_banking,
            "tele_banking": holders.tele_banking,
        }
    )
