"""What a scenario moves, and what it leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scenario_cases import market_take_up, prepared, scenario
from small_columns import FACTS, TAKE_UP, columns, config, pricing

from engine.errors import BookError
from engine.evaluate import Pricing
from engine.market_file import win
from engine.strategy import prepare
from engine.strategy.optimise import Prepared
from engine.strategy.what_if.crossing import under
from engine.strategy.what_if.scenarios import check_scenario, scenario_pricing, shifted_on_logit


def there(made: Prepared, **changes: Any) -> Prepared:
    return under(made, scenario(**changes), as_of=None, threads=1)


def logit(p: Any) -> Any:
    return np.log(p) - np.log1p(-p)


def expected(made: Prepared, **economics: Any) -> np.ndarray:
    """The sums of a book that has these economics itself."""
    priced = pricing(economics=economics)
    return prepare(made.columns, priced, config(), FACTS, threads=1).table.sums


def test_nothing_moved_is_the_book_to_the_bit() -> None:
    made = prepared()
    found = there(made)
    assert (found.table.sums == made.table.sums).all()
    assert found.pricing == made.pricing


def test_money_that_moves_is_a_book_with_that_money() -> None:
    made = prepared()
    moved = there(made, lgd_add_on=0.1, funding_cost_add_on=0.01)
    assert (moved.table.sums == expected(made, lgd=0.6, funding_cost=0.03)).all()
    assert (there(made, lgd_add_on=0.9).table.sums == expected(made, lgd=1.0)).all()
    assert (there(made, lgd_add_on=-0.9).table.sums == expected(made, lgd=0.0)).all()


def test_the_discount_rate_follows_where_the_book_leaves_it_out() -> None:
    cashflow = {"mode": "cashflow", "term_months": 24}
    for given_rate, moved in (({}, True), ({"discount_rate": 0.02}, False)):
        priced = pricing(economics=cashflow | given_rate)
        found = scenario_pricing(priced, scenario(funding_cost_add_on=0.02), prepared().table)
        book = pricing(economics=cashflow | given_rate | {"funding_cost": 0.04})
        assert found.economics.constants == book.economics.constants
        same = found.economics.constants.discount == priced.economics.constants.discount
        assert same != moved


@given(pd=st.floats(0.0, 1.0), shift=st.floats(-20.0, 20.0))
def test_pd_moves_on_the_logit(pd: float, shift: float) -> None:
    found = float(shifted_on_logit(np.array([pd]), shift)[0])
    assert 0.0 <= found <= 1.0
    if pd in (0.0, 1.0):
        assert found == pd
    elif 1e-9 < pd < 1 - 1e-6 and abs(shift) < 8.0:
        assert logit(found) == pytest.approx(logit(pd) + shift, abs=1e-6)


def test_customers_stay_in_their_cells_whatever_their_pd() -> None:
    made = prepared()
    found = there(made, pd_shift=1.5)
    assert found.table.rows is made.table.rows
    assert (found.table.counts == made.table.counts).all()
    worse = columns(pd=shifted_on_logit(made.columns.pd, 1.5))
    cut_anew = prepare(worse, pricing(), config(), FACTS, threads=1)
    assert (cut_anew.table.counts != made.table.counts).any()
    for name in ("bad", "loss", "exposure"):  # of all customers together, cells do not matter
        one, other = (m.table.measure(name).sum(axis=(0, 1)) for m in (found, cut_anew))
        assert np.allclose(one, other, rtol=1e-9)
    assert found.table.measure("bad").sum() > 1.5 * made.table.measure("bad").sum()


def take_up_logit(priced: Pricing, made: Prepared, segment: str) -> float:
    """The mean logit of take-up over the segment's cells, each at today's average offer."""
    demand, tables = priced.take_up.demand(["a", "b"], ["A", "B", "C"])
    s, table = ["a", "b"].index(segment), made.table
    known = ~np.isnan(table.today_rate[s])
    rate, limit = table.today_rate[s][known], table.today_limit[s][known]
    if priced.take_up.market is None:
        pull = demand.rate[s] * rate
    else:
        market = priced.take_up.market.shifted(priced.take_up.config.rivals_move)
        pull = demand.slope[s] * np.log(win(market, tables[s][known], rate, limit))
    return float(np.average(demand.intercept[s] + pull, weights=table.counts[s][known]))


@pytest.mark.parametrize("elasticity", [0.0, 0.8, 1.2, 3.0])
@pytest.mark.parametrize("form", ["logistic", "market"])
def test_another_elasticity_keeps_the_level_of_today(
    form: str, elasticity: float, tmp_path: Path
) -> None:
    own = {"b": {"rate": -9.0, "intercept": 0.3}}
    take_up = {**TAKE_UP, "segments": own}
    if form == "market":
        take_up = market_take_up(tmp_path, rivals_move=0.005, segments={"b": {"slope": 0.7}})
    priced = pricing(take_up=take_up, folder=tmp_path)
    made = prepared(priced=priced)
    found = scenario_pricing(priced, scenario(elasticity=elasticity), made.table)
    before, _ = priced.take_up.demand(["a", "b"], ["A", "B", "C"])
    after, _ = found.take_up.demand(["a", "b"], ["A", "B", "C"])
    which = "rate" if form == "logistic" else "slope"
    assert getattr(after, which) == pytest.approx(elasticity * getattr(before, which))
    assert (after.log_limit == before.log_limit).all()
    for segment in ("a", "b"):
        level = take_up_logit(priced, made, segment)
        assert take_up_logit(found, made, segment) == pytest.approx(level, abs=1e-12)


def test_elasticity_of_a_book_without_offers_today_turns_about_the_menu() -> None:
    made = prepare(columns(approve=np.zeros(400, np.bool_)), pricing(), config(), FACTS, threads=1)
    found = scenario_pricing(made.pricing, scenario(elasticity=2.0), made.table)
    middle = float(made.table.rates.mean())
    before, after = (p.take_up.demand(["a"], ["A", "B", "C"])[0] for p in (made.pricing, found))
    level = [float(d.intercept[0] + d.rate[0] * middle) for d in (before, after)]
    assert level[1] == pytest.approx(level[0])


def test_rivals_that_move_are_a_book_whose_rivals_moved(tmp_path: Path) -> None:
    priced = pricing(take_up=market_take_up(tmp_path, rivals_move=0.01), folder=tmp_path)
    made = prepared(priced=priced)
    found = there(made, rivals_move=-0.03)
    moved = pricing(take_up=market_take_up(tmp_path, rivals_move=-0.02), folder=tmp_path)
    assert (found.table.sums == prepared(priced=moved).table.sums).all()
    assert found.table.measure("count").sum() < made.table.measure("count").sum()


def test_the_market_sees_a_customer_as_of_the_grade_of_the_book(tmp_path: Path) -> None:
    priced = pricing(take_up=market_take_up(tmp_path), folder=tmp_path)
    made = prepared(priced=priced)
    found = there(made, pd_shift=2.0)
    assert (found.table.measure("count") == made.table.measure("count")).all()


def test_adverse_selection_turns_about_today_unless_the_book_says_otherwise() -> None:
    made = prepared()
    own, yes = made.columns, made.columns.approve
    moved = there(made, adverse_selection_rate=5.0).pricing.economics.adverse_selection
    table = made.table
    known = ~np.isnan(table.today_rate)
    today = np.average(table.today_rate[known], weights=table.counts[known])
    assert moved.reference_rate == pytest.approx(today)
    assert own.rate[yes].min() < moved.reference_rate < own.rate[yes].max()
    limit = there(made, adverse_selection_log_limit=0.3).pricing.economics.adverse_selection
    assert limit.reference_limit == pytest.approx(
        np.average(table.today_limit[known], weights=table.counts[known])
    )
    stated = {"adverse_selection": {"rate": 1.0, "reference_rate": 0.1}}
    kept = there(prepared(priced=pricing(economics=stated)), adverse_selection_rate=5.0)
    assert kept.pricing.economics.adverse_selection.reference_rate == 0.1
    silent = {"adverse_selection": {"rate": 1.0}}
    kept = there(prepared(priced=pricing(economics=silent)), adverse_selection_rate=5.0)
    assert kept.pricing.economics.adverse_selection.reference_rate == 0.0


def test_what_a_scenario_cannot_move(tmp_path: Path) -> None:
    logistic = pricing()
    with pytest.raises(BookError, match="scenario 'other': rivals_move needs take_up of the form"):
        check_scenario(scenario(rivals_move=0.01), logistic)
    with pytest.raises(BookError, match="scenario 'free': a funding cost of -0.03 is not between"):
        check_scenario(scenario("free", funding_cost_add_on=-0.05), logistic)
    with pytest.raises(BookError, match=r"a funding cost of 1\.\d+ is not between 0 and 1"):
        check_scenario(scenario(funding_cost_add_on=0.99), logistic)
    take_up = market_take_up(tmp_path, form="propensity", propensity="score")
    with pytest.raises(BookError, match=r"elasticity needs take_up .* has no slope"):
        check_scenario(scenario(elasticity=1.2), pricing(take_up=take_up, folder=tmp_path))


@pytest.mark.parametrize(
    ("scenarios", "says"),
    [
        ([{"name": "bad"}, {"name": "bad"}], "scenario 'bad' occurs 2 times"),
        ([{"name": "base"}], "scenario 'base' is the book itself"),
        ([{"name": "bad", "pd_shft": 1}], "pd_shft"),
        ([{"pd_shift": 1}], "name"),
        ([{"name": ""}], "at least 1 character"),
        ([{"name": "bad", "pd_shift": 21}], "less than or equal to 20"),
        ([{"name": "bad", "pd_shift": float("nan")}], "finite"),
        ([{"name": "bad", "elasticity": -1}], "greater than or equal to 0"),
    ],
)
def test_scenarios_that_a_book_cannot_have(scenarios: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        config(scenarios=scenarios)


def test_the_callers_columns_are_not_changed() -> None:
    made = prepared()
    pd = made.columns.pd.copy()
    there(made, pd_shift=1.0)
    assert (made.columns.pd == pd).all()
