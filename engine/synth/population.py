"""Who the customers are: segment, latent risk, income, dates. All else follows from these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.synth.blocks import BLOCK, Block, Stream

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Days = NDArray[np.datetime64]  # datetime64[D]

SEGMENTS = ("salaried", "self_employed", "retired", "student")
_SHARE = (0.55, 0.20, 0.15, 0.10)
_RISK = np.array([-0.25, 0.40, -0.35, 0.55])  # mean latent risk; 1 is one standard deviation
_INCOME = np.array([32_000.0, 36_000.0, 21_000.0, 11_000.0])  # median, EUR a year
_SPREAD = np.array([0.40, 0.65, 0.30, 0.35])  # of log income
_PRODUCTS = np.array([1.8, 2.2, 1.3, 0.8])  # beyond the first
_SMS = np.array([0.65, 0.60, 0.35, 0.80])

HISTORY = 12  # monthly statements up to the review
OUTCOME = 12  # months observed after it
FIRST_REVIEW = np.datetime64("2024-07", "M")  # reviews spread over the twelve months from here
REVIEW_MONTHS = 12
DAYS_OF_MONTH = 28  # a review falls on the 1st to the 28th, so that every month has its day


@dataclass(frozen=True, slots=True)
class Population:
    """One block of customers; all arrays are (BLOCK,), sorted by ``customer_id``.

    ``risk`` is latent: nothing of it is written, everything written depends on it. ``reviewed_on``
    is the as-of date: the day of the last yearly limit review. Money is EUR, income a year.
    """

    customer_id: Integers
    segment: Integers  # index into SEGMENTS
    risk: Floats
    income: Floats
    credit_limit: Floats
    review_month: NDArray[np.datetime64]  # datetime64[M]
    review_day: Integers  # 0 .. DAYS_OF_MONTH - 1, added to the first of a month
    tenure_days: Integers
    products: Integers
    sms_banking: Integers

    @property
    def reviewed_on(self) -> Days:
        return self.days(np.zeros(1, dtype=np.int64))[:, 0]

    def days(self, months: Integers) -> Days:
        """The customer's day of the month, ``months`` (m,) after the review month: (BLOCK, m)."""
        first = (self.review_month[:, None] + months[None, :]).astype("datetime64[D]")
        return np.asarray(first + self.review_day[:, None])


def draw_population(block: Block) -> Population:
    """Draws the customers of a block."""
    rng = block.generator(Stream.POPULATION)
    segment = rng.choice(len(SEGMENTS), size=BLOCK, p=_SHARE)
    risk = _RISK[segment] + rng.standard_normal(BLOCK)
    log_income = np.log(_INCOME)[segment] + _SPREAD[segment] * rng.standard_normal(BLOCK)
    income = np.maximum(np.exp(log_income - 0.08 * risk).round(-2), 3_000.0)
    limit = 0.22 * income * np.exp(-0.15 * risk + 0.35 * rng.standard_normal(BLOCK))
    return Population(
        customer_id=block.first_id + np.arange(BLOCK),
        segment=segment,
        risk=risk,
        income=income,
        credit_limit=np.clip(limit, 300.0, 20_000.0).round(-2),
        review_month=FIRST_REVIEW + rng.integers(0, REVIEW_MONTHS, BLOCK),
        review_day=rng.integers(0, DAYS_OF_MONTH, BLOCK),
        tenure_days=400 + rng.exponential(1_800.0, BLOCK).astype(np.int64),
        products=1 + rng.poisson(_PRODUCTS[segment]),
        sms_banking=(rng.random(BLOCK) < _SMS[segment]).astype(np.int64),
    )
