"""Scenarios solved anew, strategies valued under each other's, one factor at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scenario_cases import (
    CAPPED,
    chosen_offers,
    market_take_up,
    offer_amounts,
    prepared,
    scenario,
)
from small_columns import config, pricing

from engine.errors import BookError
from engine.strategy.config import ScenarioConfig
from engine.strategy.exact import Solution, Start, solve
from engine.strategy.menu.problem import MenuProblem
from engine.strategy.optimise import Answer, Prepared, best
from engine.strategy.what_if.crossing import Outcome, crossed, solve_under
from engine.strategy.what_if.questions import answers, ask
from engine.strategy.what_if.scenarios import shifted_on_logit
from engine.strategy.what_if.sensitivities import Sensitivity, sensitivities

WORSE = scenario("worse", pd_shift=0.5, lgd_add_on=0.1)
CHEAP = scenario("cheap", funding_cost_add_on=-0.01, elasticity=0.8)
RUIN = scenario("ruin", pd_shift=8.0)


def outcomes(made: Prepared, *scenarios: ScenarioConfig) -> list[Outcome]:
    base = best(made)
    others = [solve_under(made, base, one, as_of=None, threads=1) for one in scenarios]
    return [Outcome("base", made, base, base.status), *others]


def test_every_strategy_under_every_scenario_by_hand() -> None:
    made = prepared(**CAPPED)
    found = outcomes(made, WORSE)
    crossings = {(c.strategy, c.scenario): c for c in crossed(found)}
    assert list(crossings) == [
        ("base", "base"),
        ("worse", "base"),
        ("base", "worse"),
        ("worse", "worse"),
    ]
    worlds: dict[str, dict[str, Any]] = {"base": {}, "worse": {"lgd": 0.6}}
    for (strategy, world), crossing in crossings.items():
        answer = next(o.answer for o in found if o.name == strategy)
        assert answer is not None
        rate, limit, yes = chosen_offers(made, answer.choice)
        pd = shifted_on_logit(made.columns.pd, 0.5 if world == "worse" else 0.0)
        hand = offer_amounts(pd, rate, limit, **worlds[world])
        lent = hand["exposure"][yes]
        for name in ("expected_profit", "expected_loss", "exposure"):
            assert getattr(crossing, name) == pytest.approx(hand[name][yes].sum(), rel=1e-9)
        assert crossing.expected_loans == pytest.approx(hand["taken"][yes].sum(), rel=1e-9)
        bad = crossing.constraints["bad_rate_balance"]
        assert bad["value"] == pytest.approx((lent * pd[yes]).sum() / lent.sum(), rel=1e-9)
        broken = [name for name, c in crossing.constraints.items() if not c["satisfied"]]
        assert list(crossing.broken) == broken


def test_a_strategy_at_home_is_its_own_answer() -> None:
    found = outcomes(prepared(**CAPPED), WORSE, CHEAP)
    crossings = {(c.strategy, c.scenario): c for c in crossed(found)}
    for outcome in found:
        assert outcome.answer is not None
        home = crossings[outcome.name, outcome.name]
        assert home.expected_profit == outcome.answer.expected_profit
        assert home.constraints == outcome.answer.constraints
        assert home.broken == ()
    assert crossings["base", "worse"].broken == ("bad_rate_balance",)


def test_no_strategy_that_holds_does_better_than_the_one_solved_there() -> None:
    found = outcomes(prepared(**CAPPED), WORSE, CHEAP, scenario("close", pd_shift=-0.02))
    own = {outcome.name: outcome.answer for outcome in found}
    held = [c for c in crossed(found) if not c.broken]
    assert len(held) > len(found)  # some besides those at home
    for crossing in held:
        answer = own[crossing.scenario]
        assert answer is not None
        assert crossing.expected_profit <= answer.upper_bound * (1 + 1e-12)
        if crossing.strategy == "base":  # every solve began with it
            assert crossing.expected_profit <= answer.expected_profit * (1 + 1e-12)


def test_a_solve_begins_with_the_base_strategy(monkeypatch: pytest.MonkeyPatch) -> None:
    made = prepared(**CAPPED)
    base, begun = best(made), []

    def watched(problem: MenuProblem, *, start: Start, **settings: Any) -> Solution:
        begun.extend(start.columns)
        return solve(problem, start=start, **settings)

    monkeypatch.setattr("engine.strategy.what_if.crossing.solve", watched)
    solve_under(made, base, CHEAP, as_of=None, threads=1)
    assert len(begun) == 1
    assert (begun[0] == base.choice).all()


def test_a_scenario_without_a_strategy_is_reported_and_values_others() -> None:
    made = prepared(**CAPPED)
    found = outcomes(made, RUIN, WORSE)
    assert (found[1].status, found[1].answer) == ("infeasible", None)
    assert "bad_rate_balance" in (found[1].reason or "")
    rows = crossed(found)
    assert {row.strategy for row in rows} == {"base", "worse"}
    assert {row.scenario for row in rows} == {"base", "ruin", "worse"}


def rows_of(made: Prepared, base: Answer) -> dict[tuple[str, str], Sensitivity]:
    rows = sensitivities(made, base, as_of=None, threads=1)
    assert len(rows) == 11
    return {(row.factor, row.change): row for row in rows}


def test_one_factor_at_a_time() -> None:
    made = prepared(**CAPPED)
    base = best(made)
    rows = rows_of(made, base)
    rate, limit, yes = chosen_offers(made, base.choice)
    lgd = offer_amounts(made.columns.pd, rate, limit, lgd=0.55)["expected_profit"][yes].sum()
    assert rows["lgd", "+10%"].kept_profit == pytest.approx(lgd, rel=1e-9)
    money = offer_amounts(made.columns.pd, rate, limit, funding=0.03)["expected_profit"]
    assert rows["funding cost", "+1 point"].kept_profit == pytest.approx(money[yes].sum())
    pd = shifted_on_logit(made.columns.pd, 0.25)
    worse = offer_amounts(pd, rate, limit)["expected_profit"][yes].sum()
    assert rows["pd", "+0.25 on the logit"].kept_profit == pytest.approx(worse)
    assert rows["pd", "+0.25 on the logit"].broken == ("bad_rate_balance",)
    for row in rows.values():
        if row.status == "not applicable":
            continue
        assert row.expected_profit is not None
        assert row.kept_profit is not None
        assert row.value_of_adapting == row.expected_profit - row.kept_profit
        if not row.broken:
            assert row.value_of_adapting >= -1e-9 * abs(row.kept_profit)
    assert rows["adverse selection", "+5"].status == "optimal"


def test_factors_that_a_book_does_not_have(tmp_path: Path) -> None:
    made = prepared()
    rows = rows_of(made, best(made))
    for change in ("-1 point", "+1 point"):
        row = rows["rivals' rates", change]
        assert (row.status, row.kept_profit) == ("not applicable", None)
        assert f"rivals' rates {change}" in (row.reason or "")
    applicable = {row.factor for row in rows.values() if row.status == "optimal"}
    assert applicable == {"pd", "lgd", "funding cost", "elasticity", "adverse selection"}
    priced = pricing(
        take_up=market_take_up(tmp_path), folder=tmp_path, economics={"funding_cost": 0.005}
    )
    made = prepared(priced=priced)
    rows = rows_of(made, best(made))
    assert rows["rivals' rates", "-1 point"].status == "optimal"
    assert rows["funding cost", "-1 point"].status == "not applicable"


def test_a_factor_under_which_nothing_holds() -> None:
    made = prepared(bad_rate_balance={"max": 0.02}, min_volume={"min": 185_000})
    base = best(made)
    row = rows_of(made, base)["pd", "+0.25 on the logit"]
    assert (row.status, row.expected_profit, row.value_of_adapting) == ("infeasible", None, None)
    assert row.kept_profit is not None
    assert row.reason


def test_all_questions_at_once_and_none() -> None:
    own = [{"name": "worse", "pd_shift": 0.5}, {"name": "ruin", "pd_shift": 8.0}]
    made = prepared(wanted=config(constraints=CAPPED, scenarios=own))
    base = best(made)
    published = {"expected_profit": 0.0, "expected_loss": 0.0, "exposure": 0.0}

    def asked(**what: Any) -> dict[str, Any]:
        what = {"frontier": None, "scenarios": False, "sensitivities": False} | what
        questions = ask(made.config, made.pricing, **what)
        return answers(questions, made, base, published=published, as_of=None, threads=1)

    assert set(asked().values()) == {None}
    found = asked(frontier="bad_rate_balance=0.02,0.03", scenarios=True, sensitivities=True)
    assert [point["cap"] for point in found["frontier"]["points"]] == [0.02, 0.03]
    assert not found["frontier"]["today"]["as_published"]
    names = [(one["name"], one["changes"], one["status"]) for one in found["scenarios"]]
    assert names == [
        ("base", {}, "optimal"),
        ("worse", {"pd_shift": 0.5}, "optimal"),
        ("ruin", {"pd_shift": 8.0}, "infeasible"),
    ]
    assert found["scenarios"][0]["expected_profit"] == base.expected_profit
    assert len(found["scenarios"][1]["strategy"]) == 6
    assert not found["scenarios"][2]["strategy"]
    assert len(found["crossed"]) == 6
    assert len(found["sensitivities"]) == 11


def test_scenarios_of_a_book_that_has_none() -> None:
    made = prepared()
    with pytest.raises(BookError, match=r"no \[\[optimise.scenarios\]\]"):
        ask(made.config, made.pricing, frontier=None, scenarios=True, sensitivities=False)
    ask(made.config, made.pricing, frontier=None, scenarios=False, sensitivities=True)


def test_threads_do_not_matter() -> None:
    made = prepared(**CAPPED)
    base = best(made)
    one, two = (solve_under(made, base, WORSE, as_of=None, threads=n).answer for n in (1, 2))
    assert one is not None
    assert two is not None
    assert (one.choice == two.choice).all()
    assert one.expected_profit == two.expected_profit
    assert np.array_equal(one.solution.choice, one.choice)
