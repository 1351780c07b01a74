"""Today's offers on the frontier, against plain sums over the customers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scenario_cases import offer_amounts, prepared
from small_columns import FACTS, columns, config, pricing

from engine.strategy import prepare
from engine.strategy.menu.groups import group_report
from engine.strategy.optimise import Prepared
from engine.strategy.what_if.frontier import Caps, frontier
from engine.strategy.what_if.today import by_approval, value_today


def offered(**changes: Any) -> Prepared:
    """Rates of today that differ between customers, limits that keep to the caps."""
    rng = np.random.default_rng(8)
    own = columns()
    rate = own.rate + rng.uniform(0.0, 0.05, own.pd.size)
    own = replace(own, rate=rate, limit=np.minimum(own.limit, own.cap), **changes)
    return prepare(own, pricing(), config(), FACTS, threads=1)


def by_hand(made: Prepared, pd: np.ndarray | None = None) -> dict[str, float]:
    """Every quantity of today's offers, of approved customers alone."""
    own = made.columns
    found = offer_amounts(own.pd if pd is None else pd, own.rate, own.limit)
    yes, pd = own.approve, own.pd if pd is None else pd
    lent, taken = found["exposure"][yes], found["taken"][yes]
    limit, pd, rate = own.limit[yes], pd[yes], own.rate[yes]
    profit, loss = found["expected_profit"][yes].sum(), found["expected_loss"][yes].sum()
    return {
        "bad_rate_count taken_up": (taken * pd).sum() / taken.sum(),
        "bad_rate_count approved": pd.mean(),
        "bad_rate_balance taken_up": (lent * pd).sum() / lent.sum(),
        "bad_rate_balance approved": (limit * pd).sum() / limit.sum(),
        "el_rate taken_up": loss / lent.sum(),
        "el_amount taken_up": loss,
        "funding_budget taken_up": lent.sum(),
        "min_volume approved": limit.sum(),
        "min_approval_rate taken_up": yes.mean(),
        "average_rate taken_up": (lent * rate).sum() / lent.sum(),
        "average_rate approved": (limit * rate).sum() / limit.sum(),
        "min_investor_return taken_up": profit / lent.sum(),
        "capital taken_up": 0.08 * lent.sum(),
        "capital approved": 0.08 * limit.sum(),
    }


def test_every_quantity_of_todays_offers() -> None:
    made = offered()
    own = made.columns
    money = offer_amounts(own.pd, own.rate, own.limit)
    for what, value in by_hand(made).items():
        name, basis = what.split()
        found = value_today(made, name, basis)
        assert found.value == pytest.approx(value, rel=1e-9), what
        for amount in ("expected_profit", "expected_loss", "exposure"):
            total = money[amount][own.approve].sum()
            assert getattr(found, amount) == pytest.approx(total, rel=1e-9)


def test_those_who_take_an_offer_may_be_worse() -> None:
    made = offered()
    adverse = {"rate": 6.0, "log_limit": 0.2, "reference_rate": 0.1, "reference_limit": 2000}
    priced = pricing(economics={"adverse_selection": adverse})
    made = prepare(made.columns, priced, config(), FACTS, threads=1)
    own = made.columns
    with np.errstate(divide="ignore"):
        shift = 6.0 * (own.rate - 0.1) + 0.2 * np.log(own.limit / 2000.0)
    odds = own.pd / (1.0 - own.pd) * np.exp(shift)
    hand = by_hand(made, odds / (1.0 + odds))
    for what in ("bad_rate_balance taken_up", "bad_rate_balance approved", "el_amount taken_up"):
        name, basis = what.split()
        found = value_today(made, name, basis)
        assert found.value == pytest.approx(hand[what], rel=1e-9)


def test_groups_of_today_are_approved_as_the_same_strategy_would() -> None:
    rng = np.random.default_rng(4)
    own = columns(approve=np.ones(400, np.bool_))
    own = replace(own, group=((own.segment + (rng.random(400) < 0.3)) % 2).astype(np.int16))
    made = prepare(replace(own, approve=own.segment == 0), pricing(), config(), FACTS, threads=1)
    choice = np.array([[0, 0, 0], [-1, -1, -1]])
    (pair,) = group_report(choice, made.table)
    found = value_today(made, "group_approval_ratio", "taken_up").value
    assert found == pytest.approx(pair["approval_ratio"])
    assert 0.0 < pair["approval_ratio"] < 1.0
    assert value_today(made, "group_rate_difference", "taken_up").value is None


def test_nobody_is_approved_today() -> None:
    own = columns(approve=np.zeros(400, np.bool_))
    made = prepare(own, pricing(), config(), FACTS, threads=1)
    found = value_today(made, "bad_rate_balance", "taken_up")
    assert found.value is None
    assert found.expected_profit == found.exposure == 0.0


def test_every_customer_once_by_approval() -> None:
    made = prepared()
    rows, approve = made.table.rows, made.columns.approve
    split = by_approval(rows, approve)
    assert split.shape == (4, 3)
    assert sorted(split.order) == list(range(400))
    assert (split.counts[:2] + split.counts[2:] == rows.counts).all()
    assert approve[split.order[: int(split.counts[:2].sum())]].all()
    for cell in range(12):
        mine = split.order[split.first[cell] : split.first[cell + 1]]
        theirs = rows.order[rows.first[cell % 6] : rows.first[cell % 6 + 1]]
        assert set(mine) <= set(theirs)


def test_todays_offers_are_on_or_below_the_frontier() -> None:
    """The menu has today's rates and limits, so at today's own risk the best earns no less."""
    menu = {"rates": {"values": [0.08, 0.11, 0.14]}, "limits": {"values": [2500, 4000]}}
    made = prepared(wanted=config(menu=menu))
    capped = replace(made.columns, limit=np.minimum(made.columns.limit, made.columns.cap))
    made = replace(made, columns=capped)
    today = value_today(made, "bad_rate_balance", "taken_up")
    assert today.value is not None
    (point,) = frontier(made, Caps("bad_rate_balance", (today.value * (1 + 1e-9),))).points
    assert point.expected_profit is not None
    assert point.expected_profit >= today.expected_profit
