"""The customers table: who is in the book, and what is known of them on the review day."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.synth.accounts import Accounts
from engine.synth.arrears import Paths
from engine.synth.blocks import BLOCK, Block, Stream
from engine.synth.population import HISTORY, SEGMENTS, Floats, Integers, Population
from engine.synth.statements import with_gaps

_INTEREST_MARGIN = 0.11  # of the mean balance, a year
_COVERAGE = 0.60  # of a balance in arrears that provisions cover per 90 days past due


def customers_frame(
    block: Block, population: Population, paths: Paths, accounts: Accounts
) -> pl.DataFrame:
    """One row per customer, sorted by key. Money is EUR, ``income`` a year.

    ``income`` and ``bureau_score`` have gaps, more of them where that is natural;
    ``months_since_arrears`` is null for who had none in the HISTORY months.
    """
    rng = block.generator(Stream.CUSTOMERS)
    risk = population.risk
    bureau = 620.0 - 42.0 * risk + 42.0 * rng.standard_normal(BLOCK)
    frame = pl.DataFrame(
        {
            "customer_id": population.customer_id,
            "segment": pl.Series(SEGMENTS)[population.segment],
            "reviewed_on": population.reviewed_on,
            "joined_on": population.reviewed_on - population.tenure_days,
            "income": population.income,
            "other_debt": _other_debt(population, rng),
            "bureau_score": np.clip(bureau, 300.0, 850.0).round().astype(np.int64),
            "enquiries": rng.poisson(np.exp(-0.4 + 0.35 * risk)),
            "home_owner": (rng.random(BLOCK) < 0.45 - 0.08 * np.tanh(risk)).astype(np.int64),
            "products": population.products,
            "sms_banking": population.sms_banking,
            "staff": (rng.random(BLOCK) < 0.008).astype(np.int64),
            "arrears_days": paths.days_past_due()[:, HISTORY - 1],
            "months_since_arrears": _months_since(paths),
            **_economic_profit(population, paths, accounts, rng),
        }
    ).with_columns(
        months_since_arrears=pl.when(pl.col("months_since_arrears") < HISTORY).then(
            pl.col("months_since_arrears")
        )
    )
    self_employed, student = population.segment == 1, population.segment == 3
    shares = {
        "income": np.where(self_employed, 0.08, 0.03),
        "bureau_score": np.where(student, 0.20, 0.05),
    }
    return with_gaps(frame, shares, rng)


def _other_debt(population: Population, rng: np.random.Generator) -> Floats:
    """Debt to other lenders; none for three in ten."""
    debt = population.income * np.exp(-1.6 + 0.25 * population.risk + rng.standard_normal(BLOCK))
    return np.where(rng.random(BLOCK) < 0.3, 0.0, debt).round(-1)


def _months_since(paths: Paths) -> Integers:
    """Months since the last statement in arrears, 0 for the newest; HISTORY where there is none."""
    newest_first = paths.missed[:, HISTORY - 1 :: -1] > 0
    return np.where(newest_first.any(axis=1), newest_first.argmax(axis=1), HISTORY)


def _economic_profit(
    population: Population, paths: Paths, accounts: Accounts, rng: np.random.Generator
) -> dict[str, Floats]:
    """The five components of last year's economic profit, EUR; costs count as positive amounts.

    The sum the source names: net interest income + change in provisions + net fee income + net
    transfer income - servicing cost. A growing provision is a negative change.
    """
    mean_balance = accounts.balance.mean(axis=1)
    days = paths.days_past_due()[:, [0, HISTORY - 1]]
    provisions = accounts.balance[:, [0, HISTORY - 1]] * _COVERAGE * np.minimum(days / 90.0, 1.0)
    turnover = (accounts.purchases + accounts.cash_advances).sum(axis=1)
    slips = (paths.missed[:, :HISTORY] > 0).sum(axis=1)
    noise = rng.lognormal(0.0, 0.25, (BLOCK, 3))
    columns = {
        "net_interest_income": _INTEREST_MARGIN * mean_balance * noise[:, 0],
        "provisions_change": provisions[:, 0] - provisions[:, 1],
        "net_fee_income": (12.0 * population.products + 0.004 * turnover) * noise[:, 1],
        "net_transfer_income": 0.0008 * population.income * (noise[:, 2] - 0.5),
        "servicing_cost": 18.0 + 9.0 * population.products + 6.0 * slips,
    }
    return {name: values.round(2) for name, values in columns.items()}
