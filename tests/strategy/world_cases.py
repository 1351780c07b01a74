"""The known world as an optimiser meets it: with the true models, estimated ones, a naive one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy.special import expit, logit

from engine.evaluate import EconomicsConfig, Pricing, StrategyConfig, TakeUpConfig
from engine.evaluate.take_up import TakeUp
from engine.fit.gbm import read_model
from engine.fit.market import fit_market
from engine.fit.market_config import MarketConfig
from engine.fit.take_up import fit_take_up
from engine.fit.take_up.boosting import Engine
from engine.fit.take_up.crossed import draw_folds
from engine.fit.take_up.history import Columns as OfferColumns
from engine.fit.take_up.history import read_history
from engine.fit.take_up.models import fit_attempt
from engine.fit.take_up_config import TakeUpFitConfig
from engine.market_file import Market, read_market, win
from engine.metrics import calibration_table
from engine.strategy import BookFacts, Columns, OptimiseConfig, Prepared, best, prepare
from engine.strategy.answer import offers_of
from engine.strategy.belief.doubt import Doubt, PdErrors, doubt_of, errors_of_counts
from engine.strategy.exact import solve
from engine.synth import world_truth as truth
from engine.synth.world import World
from engine.synth.world_market import CLIFF, GRADES, RIVALS, TRADE_OFF, true_win

FACTS = BookFacts("world", "EUR", None, {}, {})
MARKET = MarketConfig(offers="offers.parquet", rivals=RIVALS, trade_off=TRADE_OFF)
TAKE_UP = TakeUpFitConfig(
    rate="rate",
    limit="limit",
    applied="applied",
    date="offered_on",
    grade="grade",
    market="market.json",
)
MENU = {
    "rates": {"from": 0.04, "to": 0.25, "steps": 43, "round_to": 0.005},
    "limits": {"from": 1_000, "to": 16_000, "steps": 7, "spacing": "log", "round_to": 100},
}
_RATE_LO, _RATE_STEP, _RATES = -0.05, 0.001, 400
_LOG_LO, _LOG_STEP, _LIMITS = 6.0, 0.1, 50


def optimise_config(**changes: Any) -> OptimiseConfig:
    return OptimiseConfig.model_validate({"grades": 8, "menu": MENU} | changes)


@dataclass(frozen=True)
class Models:
    """What a lender believes: PD at the reference rate and a(x) of the book's customers."""

    pd: np.ndarray
    keenness: np.ndarray
    slopes: dict[str, float]
    market: Market
    adverse: float


def prepared(world: World, models: Models, config: OptimiseConfig) -> Prepared:
    """The menu of the book under these models."""
    return prepare(columns(world, models), pricing(models), config, FACTS, threads=2)


def columns(world: World, models: Models) -> Columns:
    size = len(models.pd)
    return Columns(
        segments=truth.SEGMENTS,
        groups=("all",),
        segment=world.people.segment.astype(np.int16),
        group=np.zeros(size, np.int16),
        pd=models.pd,
        rate=world.book["rate"].to_numpy(),
        limit=world.book["limit"].to_numpy(),
        cap=np.full(size, np.inf),
        propensity=expit(models.keenness),
        approve=np.ones(size, np.bool_),
        knocked_out=0,
    )


def pricing(models: Models) -> Pricing:
    bounds = [*truth.GRADE_BOUNDS, None]
    grades = [
        {"grade": grade, "max_pd": bound, "rate": 0.12, "limit": 5_000}
        for grade, bound in zip(GRADES, bounds, strict=True)
    ]
    config = TakeUpConfig.model_validate(
        {
            "form": "market",
            "market": "market.json",
            "propensity": "keen",
            "segments": {name: {"slope": slope} for name, slope in models.slopes.items()},
        }
    )
    economics = EconomicsConfig.model_validate(
        {
            "mode": "source",
            "funding_cost": truth.FUNDING,
            "operating_cost": truth.OPERATING,
            "lgd": truth.LGD,
            "adverse_selection": {"rate": models.adverse, "reference_rate": truth.REFERENCE_RATE},
        }
    )
    take_up = TakeUp(config, "market", {}, models.market, "estimated", {})
    return Pricing(economics, StrategyConfig.model_validate({"grades": grades}), take_up, None, {})


def true_models(world: World) -> Models:
    """The oracle's."""
    people = world.people
    return Models(
        pd=truth.true_pd(people),
        keenness=truth.keenness(people),
        slopes=dict(zip(truth.SEGMENTS, truth.SLOPES.tolist(), strict=True)),
        market=true_market(),
        adverse=truth.ADVERSE,
    )


def true_market() -> Market:
    """The truth, tabulated."""
    rates = _RATE_LO + _RATE_STEP * np.arange(_RATES)
    limits = np.exp(_LOG_LO + _LOG_STEP * np.arange(_LIMITS))
    tables = [
        {
            "segment": "*",
            "grade": name,
            "win": true_win(np.array(number), rates[:, None], limits).round(9).tolist(),
        }
        for number, name in enumerate(GRADES)
    ]
    return read_market(
        {
            "kind": "market",
            "rates": {"lo": _RATE_LO, "step": _RATE_STEP, "n": _RATES},
            "log_limits": {"lo": _LOG_LO, "step": _LOG_STEP, "n": _LIMITS},
            "tables": tables,
            "support": {name: {"rate": [0.0, 0.3], "limit": [500.0, 50_000.0]} for name in GRADES},
            "cliffs": [
                {
                    "grade": name,
                    "from": CLIFF[0],
                    "to": CLIFF[1],
                    "sector_below": "bank",
                    "sector_above": "card",
                    "mass": 0.0,
                }
                for name in "AB"
            ],
        }
    )


def estimated_models(world: World) -> Models:
    """From the history and the rivals' offers: market, take-up and default, each as the house fits
    it, but PD and adverse selection by one logistic regression on those who took an offer."""
    market = read_market(fit_market(world.offers, MARKET, file="offers"))
    fitted = fit_take_up(
        world.history,
        features=truth.FEATURES,
        rate="rate",
        limit="limit",
        applied="applied",
        date="offered_on",
        segment="segment",
        grade="grade",
        win=win_function(market, world.history),
        config=TAKE_UP,
        num_threads=1,
    )
    book = world.book.select(truth.FEATURES).to_numpy()
    booster = read_model(fitted.propensity_model)
    keen = np.asarray(booster.predict(book, raw_score=True, num_threads=1))
    pd, adverse = default_model(world)
    return Models(pd, keen, fitted.slopes, market, adverse)


def win_function(market: Market, frame: pl.DataFrame) -> Any:
    tables = [market.table_of("*", name) for name in GRADES]
    place = frame["grade"].replace_strict(list(GRADES), tables, return_dtype=pl.Int64).to_numpy()
    return lambda rows, rate, limit: win(market, place[rows], rate, limit)


def default_model(world: World) -> tuple[np.ndarray, float]:
    """PD of the book at the reference rate, and by how much logit PD rises with the rate."""
    taken = world.history.filter(pl.col("applied") == 1)
    moved = taken["rate"].to_numpy() - truth.REFERENCE_RATE
    design = np.column_stack([default_design(taken), moved])
    found, _ = logistic(design, taken["default"].to_numpy().astype(float))
    return expit(default_design(world.book) @ found[:-1]), max(float(found[-1]), 0.0)


def default_design(frame: pl.DataFrame) -> np.ndarray:
    """Segments, features, and the products of utilisation and debt with the rest."""
    x = frame.select(truth.FEATURES).to_numpy()
    segments = [(frame["segment"] == name).to_numpy().astype(float) for name in truth.SEGMENTS]
    strained = x[:, truth.FEATURES.index("utilisation")] * (
        x[:, truth.FEATURES.index("savings")] < 0
    )
    return np.column_stack([*segments, x, strained])


def logistic(
    x: np.ndarray, y: np.ndarray, offset: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Maximum likelihood by Newton's method with a ridge of 1; coefficients and covariance."""
    found = np.zeros(x.shape[1])
    ridge = np.full(x.shape[1], 1e-3)
    for _ in range(25):
        p = expit(x @ found + offset)
        hessian = (x * (p * (1.0 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(hessian, x.T @ (y - p) - ridge * found)
        found = found + step
        if np.abs(step).max() < 1e-9:
            break
    return found, np.linalg.inv(hessian)


def true_value(
    world: World, made: Prepared, choice: np.ndarray, *, rivals_use_our_grades: bool = False
) -> float:
    """What a strategy brings in truth, applied by the PD of whoever made it."""
    rows, offers = made.table.rows, offers_of(choice, made.table)
    cell = np.empty(len(rows.order), np.int64)
    cell[rows.order] = np.repeat(np.arange(offers.approve.size), np.diff(rows.first))
    of_book = np.array([grade.credit_grade for grade in rows.grades])
    grade = of_book[cell % len(of_book)] if rivals_use_our_grades else None
    return world.profit(offers.rate[cell], offers.limit[cell], offers.approve[cell], grade)


def naive_choice(world: World, made: Prepared, *, monotone: bool, most: int = 250) -> np.ndarray:
    """The best choice if take-up were what trees say that read rate and limit as features.

    ``most`` customers of a cell stand for all of it. PD and money are those of ``made``. Only rates
    among the middle 98 % of past ones are chosen from: beyond them trees are flat, and the dearest
    offer of all would win.
    """
    table = made.table
    booster = _attempt(world, made, monotone=monotone)
    book = world.book.select(truth.FEATURES).to_numpy()
    rates, limits = (grid.ravel() for grid in np.meshgrid(table.rates, table.limits, indexing="ij"))
    entries, cells = rates.size, table.counts.size
    economics = made.pricing.economics
    moved = economics.adverse_selection.rate * (rates - truth.REFERENCE_RATE)
    profit = np.zeros((cells, entries))
    for cell in range(cells):
        members = table.rows.order[table.rows.first[cell] : table.rows.first[cell + 1]]
        mine = members[:: -(-len(members) // most)] if len(members) else members
        if not len(mine):
            continue
        offered = np.column_stack(
            [
                np.repeat(book[mine], entries, axis=0),
                np.tile(rates, len(mine)),
                np.tile(limits, len(mine)),
            ]
        )
        taken = np.asarray(booster.predict(offered, num_threads=1)).reshape(len(mine), entries)
        pd = expit(logit(made.columns.pd[mine])[:, None] + moved)
        unit = (1.0 - pd) * (rates - truth.COST) - pd * truth.LGD
        profit[cell] = (taken * limits * unit).mean(axis=0) * len(members)
    lowest, highest = np.quantile(world.history["rate"].to_numpy(), [0.01, 0.99])
    known = (table.rates >= lowest) & (table.rates <= highest)
    problem = replace(
        made.problem,
        profit=profit.reshape(made.problem.profit.shape),
        allowed=made.problem.allowed & known[:, None],
    )
    return solve(problem).choice


def _attempt(world: World, made: Prepared, *, monotone: bool) -> Any:
    names = OfferColumns("rate", "limit", "applied", "offered_on", "segment", "grade")
    market = made.pricing.take_up.market
    assert market is not None
    features = list(truth.FEATURES)
    history = read_history(
        world.history, features, names, win_function(market, world.history), TAKE_UP
    )
    fold = draw_folds(len(history.training), TAKE_UP.folds, TAKE_UP.seed)
    engine = Engine(TAKE_UP.seed, 1)
    return read_model(fit_attempt(history, fold, engine, monotone=monotone).text)


@dataclass(frozen=True)
class Proof:
    """Profits in truth: of the oracle, of the estimated and of the two naive strategies."""

    oracle: float
    estimated: float
    believed: float
    naive: float
    naive_monotone: float


def prove(world: World, config: OptimiseConfig | None = None) -> Proof:
    config = config or optimise_config()
    oracle = prepared(world, true_models(world), config)
    made = prepared(world, estimated_models(world), config)
    answer = best(made)
    return Proof(
        oracle=true_value(world, oracle, best(oracle).choice),
        estimated=true_value(world, made, answer.choice),
        believed=answer.expected_profit,
        naive=true_value(world, made, naive_choice(world, made, monotone=False)),
        naive_monotone=true_value(world, made, naive_choice(world, made, monotone=True)),
    )


SMALL_MENU = {
    "rates": {"from": 0.06, "to": 0.22, "steps": 17, "round_to": 0.01},
    "limits": {"values": [4_000, 8_000, 16_000]},
}


@dataclass(frozen=True)
class Small:
    """A small book whose models are fitted by maximum likelihood, and by how much those may be
    wrong: take-up in its true form, PD on half of the loans and then calibrated on the others."""

    made: Prepared
    doubt: Doubt


def small(world: World, **belief: Any) -> Small:
    """Take-up and PD from the history; the market and adverse selection are known."""
    slopes, errors, keen = _take_up_model(world)
    pd, pd_errors = _calibrated_pd(world)
    names = dict(zip(truth.SEGMENTS, slopes.tolist(), strict=True))
    models = Models(pd, keen, names, KNOWN_MARKET, truth.ADVERSE)
    config = optimise_config(grades="book", menu=SMALL_MENU, belief=belief)
    offers = world.history["segment"].value_counts()
    rows = dict(zip(offers["segment"], offers["count"], strict=True))
    doubt = replace(
        doubt_of(config.belief, truth.SEGMENTS),
        pd=pd_errors,
        slope=errors / slopes,
        offers=np.array([float(rows[name]) for name in truth.SEGMENTS]),
        lgd=0.0,
    )
    return Small(prepared(world, models, config), doubt)


def _calibrated_pd(world: World) -> tuple[np.ndarray, PdErrors]:
    """PD of the book, and how sure the calibration by a line on the logit is."""
    taken = world.history.filter(pl.col("applied") == 1)
    moved = truth.ADVERSE * (taken["rate"].to_numpy() - truth.REFERENCE_RATE)
    design, default = default_design(taken), taken["default"].to_numpy().astype(float)
    fit, rest = slice(0, None, 2), slice(1, None, 2)
    found, _ = logistic(design[fit], default[fit], moved[fit])
    score = design[rest] @ found
    (level, slope), _ = logistic(_line(score), default[rest], moved[rest])
    table = calibration_table(expit(level + slope * score + moved[rest]), default[rest])
    mean, bads, rows = (
        np.array([float(row[key]) for row in table]) for key in ("mean_score", "bads", "customers")
    )
    pd = expit(level + slope * (default_design(world.book) @ found))
    return pd, errors_of_counts(mean, bads, rows - bads)


def _line(score: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(score)), score])


def _take_up_model(world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slopes, their standard errors, and a(x) of the book."""
    history = world.history
    rows, rate, limit = (
        np.arange(len(history)),
        history["rate"].to_numpy(),
        history["limit"].to_numpy(),
    )
    g = np.log(np.maximum(win_function(KNOWN_MARKET, history)(rows, rate, limit), 1e-6))
    segments, design = len(truth.SEGMENTS), _keen_design(history)
    x = np.column_stack([design, design[:, :segments] * g[:, None]])
    found, covariance = logistic(x, history["applied"].to_numpy().astype(float))
    errors = np.sqrt(np.diag(covariance))[-segments:]
    return found[-segments:], errors, _keen_design(world.book) @ found[:-segments]


def _keen_design(frame: pl.DataFrame) -> np.ndarray:
    segments = [(frame["segment"] == name).to_numpy().astype(float) for name in truth.SEGMENTS]
    names = ("need", "utilisation", "savings")
    return np.column_stack(
        [*segments, *(frame[name].to_numpy() for name in names), np.tanh(frame["age"].to_numpy())]
    )


KNOWN_MARKET = true_market()
