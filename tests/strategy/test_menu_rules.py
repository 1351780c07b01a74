"""What is allowed on the menu, and the strategy that is found there, by small books."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from small_columns import FACTS, MENU, columns, config, pricing

from engine.errors import BookError
from engine.strategy import BookFacts, best, prepare
from engine.strategy.answer import offers_of
from engine.strategy.config import OptimiseConfig
from engine.strategy.menu.table import make_table, menu_frame, menu_inputs
from engine.strategy.optimise import Answer, Prepared
from engine.strategy.valuation import value_offers


def prepared(facts: BookFacts = FACTS, **changes: Any) -> Prepared:
    return prepare(columns(), pricing(), config(**changes), facts, threads=2)


def answered(**changes: Any) -> tuple[Prepared, Answer]:
    made = prepared(**changes)
    return made, best(made)


def test_the_answer_is_what_its_customers_bring() -> None:
    made, answer = answered(constraints={"bad_rate_balance": {"max": 0.02}})
    assert answer.gap <= made.config.tolerance
    assert answer.status == "optimal"
    assert answer.upper_bound >= answer.expected_profit
    assert answer.constraints["bad_rate_balance"]["satisfied"]
    total = sum(cell.expected_profit for cell in answer.cells)
    assert total == pytest.approx(answer.expected_profit, rel=1e-12)
    for segment in ("a", "b"):
        rates = [c.rate for c in answer.cells if c.segment == segment and c.approve]
        assert rates == sorted(rates)


def test_a_cap_costs_profit_and_its_price_says_how_much() -> None:
    _, free = answered()
    _, tight = answered(constraints={"el_amount": {"max": free.expected_loss * 0.7}})
    _, less = answered(constraints={"el_amount": {"max": free.expected_loss * 0.69}})
    assert less.upper_bound < tight.upper_bound < free.upper_bound
    lost = tight.solution.root_bound - less.solution.root_bound
    step = 0.01 * free.expected_loss
    prices = [answer.shadow_prices["el_amount"] for answer in (tight, less)]
    assert 0 < prices[0] * step <= lost * (1 + 1e-6)  # the bound is concave in the cap
    assert lost <= prices[1] * step * (1 + 1e-6)
    _, ratio = answered(constraints={"bad_rate_balance": {"max": 0.02}})
    _, looser = answered(constraints={"bad_rate_balance": {"max": 0.0201}})
    gain = looser.solution.root_bound - ratio.solution.root_bound
    price = ratio.shadow_prices["bad_rate_balance"]  # per unit of the rate, not of the balance
    assert gain == pytest.approx(price * 0.0001, rel=0.5)


def test_rate_ceilings_count_fees_and_depend_on_amount_and_date() -> None:
    ceiling = {"max_apr": 0.2, "from_limit": 1000, "to_limit": 4000, "from": date(2026, 6, 1)}
    facts = BookFacts("small", "EUR", date(2026, 6, 30), {}, {})
    made = prepared(facts, rate_ceilings=[ceiling])
    rates, limits = made.table.rates, made.table.limits
    allowed = made.problem.allowed[0, 0]
    concerned = (limits >= 1000) & (limits < 4000)
    assert (allowed == ~(concerned & (rates[:, None] > 0.2 + 1e-9))).all()
    early = prepared(facts, rate_ceilings=[ceiling | {"from": date(2026, 7, 1)}])
    assert early.problem.allowed.all()
    fee = {"mode": "cashflow", "term_months": 12, "fee": 0.05}
    with_fee = prepare(
        columns(), pricing(economics=fee), config(rate_ceilings=[ceiling]), facts, threads=1
    )
    highest = rates[with_fee.problem.allowed[0, 0, :, 1]].max()
    assert 0.1 < highest <= 0.15 + 1e-12


def test_max_change_is_against_todays_average_offer() -> None:
    made = prepared(constraints={"max_change": {"rate": 0.03, "limit": 0.6}})
    table = made.table
    assert np.isnan(table.today_rate[:, 2]).all()  # C is declined today: it may get anything
    assert made.problem.allowed[:, 2].all()
    allowed = made.problem.allowed[0, 0]
    assert (table.rates[allowed.any(axis=1)] <= 0.08 + 0.03 + 1e-12).all()
    assert table.limits[allowed.any(axis=0)].tolist() == [2000.0, 4000.0]
    assert table.today_rate[0, 0] == pytest.approx(0.08)


def test_always_and_never() -> None:
    _, answer = answered(never_approve=["A"], decline="any", always_approve=["C"])
    assert {c.grade for c in answer.cells if c.approve} >= {"C"}
    assert not any(c.approve for c in answer.cells if c.grade == "A")
    flags = {c.grade: c.flags for c in answer.cells}
    assert "dilutes" in flags["C"] or all(c.expected_profit >= 0 for c in answer.cells)
    with pytest.raises(BookError, match="no grade 'D'"):
        prepared(never_approve=["D"])
    finer = prepared(grades=[0.01], always_approve=["A"])  # a grade of the book means all within it
    assert (~finer.problem.may_decline).sum(axis=1).tolist() == [2, 2]


def test_nothing_left_on_the_menu() -> None:
    with pytest.raises(BookError, match="leave nothing on the menu"):
        prepared(rate_ceilings=[{"max_apr": 0.01}])


def test_contradictory_constraints_are_explained() -> None:
    with pytest.raises(BookError, match="el_amount") as error:
        answered(constraints={"el_amount": {"max": 1.0}, "min_volume": {"min": 100_000}})
    assert "min_volume" in str(error.value)


def test_a_menu_of_one_entry() -> None:
    menu = {"rates": {"values": [0.12]}, "limits": {"values": [1500]}}
    _, answer = answered(menu=menu)
    assert {(c.rate, c.limit) for c in answer.cells if c.approve} == {(0.12, 1500.0)}


def test_nobody_to_make_an_offer_to() -> None:
    with pytest.raises(BookError, match="all 7 customers of the run are knocked out"):
        prepare(columns(0), pricing(), config(), FACTS, threads=1)


def test_an_empty_cell_is_flagged() -> None:
    few = columns(pd=np.full(400, 0.01))
    answer = best(prepare(few, pricing(), config(), FACTS, threads=1))
    assert all(("empty" in c.flags) == (c.customers == 0) for c in answer.cells)


@pytest.mark.parametrize("pd", [0.0, 1.0])
def test_certain_customers(pd: float) -> None:
    """PD 0 and 1 in a cash flow: nothing overflows, those who surely default are declined."""
    sure = columns(pd=np.full(400, pd))
    money = pricing(economics={"mode": "cashflow", "term_months": 24})
    answer = best(prepare(sure, money, config(), FACTS, threads=1))
    assert np.isfinite(answer.expected_profit)
    assert any(c.approve and c.customers for c in answer.cells) == (pd == 0.0)


def test_the_table_does_not_depend_on_threads() -> None:
    made = prepared()
    again = make_table(
        made.columns,
        made.table.rows,
        made.pricing,
        rates=made.table.rates,
        limits=made.table.limits,
        threads=7,
    )
    assert again.sums.tobytes() == made.table.sums.tobytes()


def test_the_menu_can_be_checked_by_others() -> None:
    made = prepared()
    frame = menu_frame(made.table)
    head = ["segment", "grade", "rate", "limit", "profit", "expected_loss", "exposure", "count"]
    assert frame.columns[:8] == head
    assert frame.height == made.problem.profit.size
    row = frame.row(5 * 11 * 4 + 7 * 4 + 2, named=True)
    assert (row["segment"], row["grade"], row["limit"]) == ("b", "C", 2000.0)
    assert row["profit"] == made.problem.profit[1, 2, 7, 2]
    assert row["customers"] == made.table.counts[1, 2]


def test_values_do_not_depend_on_the_order_of_customers() -> None:
    made, answer = answered()
    shuffle = np.random.default_rng(1).permutation(400)
    own = columns()
    arrays = ("segment", "group", "pd", "rate", "limit", "cap", "propensity", "approve")
    other = columns(**{name: getattr(own, name)[shuffle] for name in arrays})
    moved = prepare(other, pricing(), config(), FACTS, threads=1)
    inputs = menu_inputs(
        other, moved.table.rows, moved.pricing, moved.table.rates, moved.table.limits
    )
    valued = value_offers(inputs, offers_of(answer.choice, made.table))
    assert valued.total["expected_profit"] == answer.expected_profit


@pytest.mark.parametrize(
    "changes",
    [
        {"grades": 0},
        {"grades": [0.2, 0.1]},
        {"grades": [0.0]},
        {"largest_step": 0.01, "least_step": 0.02},
        {"always_approve": ["A"], "never_approve": ["A"]},
        {"menu": MENU | {"limits": {"values": [0, 100]}}},
        {"menu": MENU | {"rates": {"from": 0.2, "to": 0.1, "steps": 3}}},
        {"menu": MENU | {"rates": {"from": 0.2, "to": 0.3}}},
        {"menu": MENU | {"rates": {"values": [0.1], "steps": 3}}},
        {"menu": MENU | {"rates": {"values": []}}},
        {"constraints": {"bad_rate": {"max": 0.1}}},
        {"constraints": {"el_rate": {}}},
        {"constraints": {"el_rate": {"min": 0.2, "max": 0.1}}},
        {"constraints": {"max_change": {}}},
    ],
)
def test_what_cannot_be_asked_for(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OptimiseConfig.model_validate(changes)


def test_prices_are_rounded() -> None:
    made = OptimiseConfig.model_validate(
        {
            "menu": {
                "rates": {"from": 0.051, "to": 0.149, "steps": 9, "round_to": 0.005},
                "limits": {
                    "from": 500, "to": 9000, "steps": 9, "spacing": "log", "round_to": 250,
                },
            }
        }
    )  # fmt: skip
    rates, limits = made.menu.rates.grid(), made.menu.limits.grid()
    assert all(len(repr(float(rate))) <= 5 for rate in rates)  # 0.105, not 0.10500000000000001
    assert np.abs(rates / 0.005 - np.round(rates / 0.005)).max() < 1e-9
    assert (limits % 250 == 0).all()
    assert (np.diff(rates) > 0).all()


def test_where_every_offer_loses_money() -> None:
    """All rates are below the cost: nothing is lent, unless a constraint asks for it."""
    menu = MENU | {"rates": {"values": [0.01, 0.02]}}
    made, answer = answered(menu=menu)
    assert not any(cell.approve for cell in answer.cells)
    assert answer.expected_profit == 0.0 <= answer.upper_bound < 1e-6  # room for rounding
    assert answer.gap <= made.config.tolerance
    _, forced = answered(menu=menu, constraints={"min_volume": {"min": 50_000}})
    assert forced.expected_profit < 0.0
    assert all("dilutes" in cell.flags for cell in forced.cells if cell.approve and cell.exposure)
    assert forced.constraints["min_volume"]["satisfied"]
