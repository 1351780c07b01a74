"""A lender's past offers: priced from the customer's features, with some chance left in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import expit

from engine.fit.take_up import FittedTakeUp, fit_take_up
from engine.fit.take_up.history import Columns, History, read_history
from engine.fit.take_up_config import TakeUpFitConfig

FEATURES = ["income", "risk", "age", "need", "noise", "works"]
SEGMENTS = ("student", "worker")
COLUMNS = Columns("rate", "limit", "applied", "offered_on", "segment", "grade")
NAMED = {
    "rate": "rate",
    "limit": "limit",
    "applied": "applied",
    "date": "offered_on",
    "grade": "grade",
    "market": "models/market.json",
}


def config(**changes) -> TakeUpFitConfig:
    return TakeUpFitConfig(**(NAMED | changes))


def fit(made: World, *, num_threads: int = 1, win=None, **changes) -> FittedTakeUp:
    """``fit_take_up`` on a world's history."""
    return fit_take_up(
        made.frame,
        features=FEATURES,
        rate="rate",
        limit="limit",
        applied="applied",
        date="offered_on",
        segment="segment",
        grade="grade",
        win=win or made.win,
        config=config(**changes),
        num_threads=num_threads,
    )


def history(made: World, **changes) -> History:
    return read_history(made.frame, FEATURES, COLUMNS, made.win, config(**changes))


def market_win(segment, rate, limit):
    """P(our offer beats the market's): falls with the rate, rises with the limit."""
    middle = np.where(segment == 0, 0.12, 0.10)
    ours = expit(-(rate - middle) / 0.02 + 0.6 * np.log(limit / 10_000))
    return 0.3 * ours + 0.4 * ours**2 + 0.3 * ours**3


@dataclass(frozen=True)
class World:
    """``frame`` is the history; ``truth(rows, rate, limit)`` what take-up really is."""

    frame: pl.DataFrame
    base: np.ndarray
    slopes: np.ndarray
    segment: np.ndarray

    def win(self, rows, rate, limit):
        return market_win(self.segment[rows], rate, limit)

    def truth(self, rows, rate, limit):
        g = np.log(np.maximum(self.win(rows, rate, limit), 1e-6))
        return expit(self.base[rows] + self.slopes[self.segment[rows]] * g)


def world(rows=6_000, *, seed=1, spread=0.02, limit_spread=0.3, slopes=(0.8, 1.4)) -> World:
    """Risky, needy customers were quoted high rates and yet apply more: the offers confound.

    ``spread`` and ``limit_spread`` are the standard deviations of rate and ln limit that chance
    added to what the features prescribe.
    """
    rng = np.random.default_rng(seed)
    income, risk, age, need, noise = rng.standard_normal((5, rows))
    segment = (rng.random(rows) < 0.7).astype(int)
    wish = 0.8 * risk + 0.6 * need + 0.4 * np.tanh(age) - 0.3 * risk * (income > 0)
    policy = 0.11 + 0.018 * risk + 0.012 * need - 0.008 * np.tanh(income) + 0.006 * segment
    rate = np.clip(policy + spread * rng.standard_normal(rows), 0.005, None)
    size = 9.2 + 0.35 * income - 0.25 * risk + limit_spread * rng.standard_normal(rows)
    limit = np.exp(size)
    made = World(pl.DataFrame(), 0.9 + wish, np.array(slopes), segment)
    applied = rng.random(rows) < made.truth(np.arange(rows), rate, limit)
    frame = pl.DataFrame(
        {
            "income": income,
            "risk": risk,
            "age": age,
            "need": need,
            "noise": noise,
            "works": segment,
            "rate": rate,
            "limit": limit,
            "applied": applied.astype(np.int8),
            "offered_on": np.datetime64("2024-01-01") + rng.integers(0, 365, rows),
            "segment": pl.Series(SEGMENTS)[segment],
            "grade": pl.Series(["A", "B", "C"])[np.digitize(risk, (-0.5, 0.5))],
        }
    )
    return World(frame, made.base, made.slopes, segment)
