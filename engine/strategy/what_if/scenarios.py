"""A scenario's world: the same customers and cells, with other PDs, costs and take-up.

Grades stay those of the book's PD, so that a cell holds the same customers in every scenario and a
strategy of one can be valued under another. What moves:

    logit pd' = logit pd + pd_shift
    lgd' = lgd + lgd_add_on, within 0 and 1
    funding' = funding + funding_cost_add_on

Take-up: ``strategy.elasticity``, and the market after the rivals' move.

Adverse selection that the book does not know turns about today's average rate and limit: the PD is
what was seen at those. A book that states a reference keeps it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import BookError
from engine.evaluate import EconomicsConfig, Pricing
from engine.evaluate.take_up import TakeUp
from engine.strategy.config import ScenarioConfig
from engine.strategy.menu.columns import Columns
from engine.strategy.menu.table import MenuTable
from engine.strategy.what_if.elasticity import stretched, today_average

Floats = NDArray[np.float64]


def check_scenario(scenario: ScenarioConfig, pricing: Pricing) -> None:
    """Raises BookError where the book has nothing that the scenario could move, or it moves it
    where it cannot be."""
    named, form = f"scenario '{scenario.name}'", pricing.take_up.form
    if scenario.rivals_move and form == "logistic":
        raise BookError(
            f'{named}: rivals_move needs take_up of the form "market" or "propensity"; "logistic" '
            "knows no market"
        )
    if scenario.elasticity != 1.0 and form == "propensity":
        raise BookError(
            f'{named}: elasticity needs take_up of the form "logistic" or "market"; "propensity" '
            "has no slope"
        )
    funding = pricing.economics.funding_cost + scenario.funding_cost_add_on
    if not 0.0 <= funding < 1.0:
        raise BookError(f"{named}: a funding cost of {funding:g} is not between 0 and 1")


def scenario_columns(columns: Columns, scenario: ScenarioConfig) -> Columns:
    """The customers with their PDs shifted on the logit; PDs of 0 and 1 stay."""
    if not scenario.pd_shift:
        return columns
    return replace(columns, pd=shifted_on_logit(columns.pd, scenario.pd_shift))


def shifted_on_logit(pd: Floats, shift: float) -> Floats:
    """Of probabilities, without overflow for any shift within 20."""
    odds = np.exp(shift)
    found: Floats = pd * odds / ((1.0 - pd) + pd * odds)
    return found


def scenario_pricing(pricing: Pricing, scenario: ScenarioConfig, table: MenuTable) -> Pricing:
    """Economics and take-up of the scenario. ``table``: the book's own, with today's offers.

    Raises
    ------
    BookError
        See ``check_scenario``.
    """
    check_scenario(scenario, pricing)
    return replace(
        pricing,
        economics=_economics(pricing.economics, scenario, table),
        take_up=_take_up(pricing, scenario, table),
    )


def _economics(
    economics: EconomicsConfig, scenario: ScenarioConfig, table: MenuTable
) -> EconomicsConfig:
    own = economics.adverse_selection
    wanted: dict[str, float] = {}
    rate, limit = today_average(table)
    if scenario.adverse_selection_rate is not None:
        wanted["rate"] = scenario.adverse_selection_rate
        if not own.rate and "reference_rate" not in own.model_fields_set:
            wanted["reference_rate"] = rate
    if scenario.adverse_selection_log_limit is not None:
        wanted["log_limit"] = scenario.adverse_selection_log_limit
        if not own.log_limit and "reference_limit" not in own.model_fields_set:
            wanted["reference_limit"] = limit
    return economics.model_copy(
        update={
            "lgd": min(max(economics.lgd + scenario.lgd_add_on, 0.0), 1.0),
            "funding_cost": economics.funding_cost + scenario.funding_cost_add_on,
            "adverse_selection": own.model_copy(update=wanted),
        }
    )


def _take_up(pricing: Pricing, scenario: ScenarioConfig, table: MenuTable) -> TakeUp:
    """Rivals move after the sensitivity has changed: today's offers met today's market."""
    take_up = pricing.take_up
    if scenario.elasticity != 1.0:
        take_up = stretched(pricing, table, scenario.elasticity)
    move = take_up.config.rivals_move + scenario.rivals_move
    return replace(take_up, config=take_up.config.model_copy(update={"rivals_move": move}))
