"""Random offers, demands and economics of all forms, for the kernels about money."""

from __future__ import annotations

import numpy as np

from kernels.demand import MARKET, PROPENSITY, Demand, Surface, logistic_demand, market_demand
from kernels.economics import Economics, cashflow_economics, source_economics
from kernels.profit import Rows

SEGMENTS, TABLES = 3, 2


def surface(rng: np.random.Generator) -> Surface:
    """A monotone market of TABLES tables on 5 x 4 knots, with flat stretches."""
    falls = rng.random((TABLES, 5, 4)) * (rng.random((TABLES, 5, 1)) < 0.7)
    win = falls[:, ::-1].cumsum(axis=1)[:, ::-1].cumsum(axis=2)
    win /= max(win.max(), 1.0) * 1.0000001
    return Surface(np.clip(win, 0.0, 1.0), 0.05, 0.08, np.log(200.0), 1.3)


def demand_of(rng: np.random.Generator, form: int) -> Demand:
    """Random parameters of a form."""
    if form in (MARKET, PROPENSITY):
        intercept, slope = rng.normal(size=SEGMENTS), rng.uniform(0.0, 3.0, SEGMENTS)
        return market_demand(form=form, intercept=intercept, slope=slope, surface=surface(rng))
    return logistic_demand(
        intercept=rng.normal(size=SEGMENTS),
        rate=-rng.uniform(0.0, 40.0, SEGMENTS),
        log_limit=rng.uniform(0.0, 2.0, SEGMENTS),
        reference_limit=rng.uniform(1e3, 1e5, SEGMENTS),
    )


def cashflow(**changes: float) -> Economics:
    """A term loan of three years."""
    arguments: dict[str, float] = {
        "lgd": 0.45,
        "term": 36,
        "annuity": True,
        "pd_months": 12.0,
        "prepayment": 0.1,
        "discount_rate": 0.04,
        "fee": 0.005,
        "funding_cost": 0.03,
        "operating_cost": 0.02,
        "capital_cost": 0.008,
        "recovery_lag": 12,
        "drawn": 0.8,
        "acquisition": 35.0,
    }
    return cashflow_economics(**(arguments | changes))


def economics_of(rng: np.random.Generator) -> Economics:
    """Either mode, with or without adverse selection in rate and limit."""
    if rng.random() < 0.4:
        made = source_economics(lgd=float(rng.random()), cost=float(rng.random()) * 0.1)
    else:
        made = cashflow(
            lgd=float(rng.random()),
            term=int(rng.integers(1, 60)),
            annuity=bool(rng.random() < 0.7),
            prepayment=float(rng.random()) * 0.5,
            recovery_lag=int(rng.integers(0, 30)),
        )
    kind = rng.integers(0, 3)
    alpha = float(rng.uniform(0, 20)) if kind else 0.0
    beta = float(rng.uniform(-0.5, 0.5)) if kind == 2 else 0.0
    log_reference = float(np.log(3000.0))
    return made._replace(
        alpha=alpha, beta=beta, reference_rate=0.12, log_reference_limit=log_reference
    )


def offers_in(seed: int, n: int) -> tuple[Rows, Demand, Economics]:
    """``n`` random offers, some declined, without a limit or unknown."""
    rng = np.random.default_rng(seed)
    form = int(rng.integers(0, 3))
    rows = Rows(
        pd=rng.choice([np.nan, 0.0, 1.0, *rng.random(20)], n),
        rate=rng.choice([np.nan, 0.0, *rng.uniform(0.0, 0.5, 20)], n),
        limit=rng.choice([np.nan, 0.0, -0.0, -5.0, *rng.uniform(1, 1e5, 20)], n),
        base=rng.random(n) if form == PROPENSITY else rng.normal(size=n),
        approve=rng.random(n) < 0.7,
        segment=rng.integers(0, SEGMENTS, n),
        table=rng.integers(0, TABLES, n) if form else np.zeros(n, np.int64),
    )
    return rows, demand_of(rng, form), economics_of(rng)
