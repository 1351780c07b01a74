"""Sensitivities: what the strategy earns where one factor moves, and what adapting it is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from engine.errors import BookError
from engine.strategy.config import ScenarioConfig
from engine.strategy.optimise import Answer, Prepared
from engine.strategy.what_if.crossing import Outcome, solve_under, value_under
from engine.strategy.what_if.scenarios import check_scenario

_PD_LOGIT = 0.25
_LGD_SHARE = 0.10
_FUNDING = 0.01
_RIVALS = 0.01
_ELASTICITY = 0.20
_ADVERSE_SELECTION = 5.0


@dataclass(frozen=True)
class Sensitivity:
    """One factor moved by ``change``, all else as in the book; amounts in the book's currency.

    ``kept_profit``: of the book's strategy under it, which may break constraints there
    (``broken``). ``expected_profit``: of the best strategy under it, with ``upper_bound`` and
    ``gap``; None where none holds. ``value_of_adapting``: the difference; below 0 where constraints
    have to be met again, and known no better than to the gap. ``status``: of the solve, or
    ``not applicable``, with the reason.
    """

    factor: str
    change: str
    status: str
    kept_profit: float | None = None
    broken: tuple[str, ...] = ()
    expected_profit: float | None = None
    upper_bound: float | None = None
    gap: float | None = None
    value_of_adapting: float | None = None
    reason: str | None = None


def sensitivities(
    prepared: Prepared, base: Answer, *, as_of: date | None, threads: int
) -> list[Sensitivity]:
    """The table; a factor that the book's take-up or costs do not have is not applicable.

    ``prepared`` and ``base``: the book's own.
    """
    found = []
    for factor, change, scenario in _factors(prepared):
        try:
            check_scenario(scenario, prepared.pricing)
        except BookError as exc:
            found.append(Sensitivity(factor, change, "not applicable", reason=str(exc)))
            continue
        there = solve_under(prepared, base, scenario, as_of=as_of, threads=threads)
        found.append(_adapted(Sensitivity(factor, change, there.status), base, there))
    return found


def _adapted(row: Sensitivity, base: Answer, there: Outcome) -> Sensitivity:
    """With what is earned by keeping the strategy, and by solving anew."""
    kept = value_under("base", base.choice, there.prepared, there.name)
    row = replace(row, kept_profit=kept.expected_profit, broken=kept.broken, reason=there.reason)
    best = there.answer
    if best is None:
        return row
    return replace(
        row,
        expected_profit=best.expected_profit,
        upper_bound=best.upper_bound,
        gap=best.gap,
        value_of_adapting=best.expected_profit - kept.expected_profit,
    )


def _factors(prepared: Prepared) -> Iterator[tuple[str, str, ScenarioConfig]]:
    """Factor, change, and the scenario that it is."""
    economics = prepared.pricing.economics
    lgd = _LGD_SHARE * economics.lgd
    steps = (
        ("pd", f"{_PD_LOGIT:g} on the logit", "pd_shift", 0.0, _PD_LOGIT),
        ("lgd", f"{_LGD_SHARE:.0%}", "lgd_add_on", 0.0, lgd),
        ("funding cost", f"{_FUNDING * 100:g} point", "funding_cost_add_on", 0.0, _FUNDING),
        ("rivals' rates", f"{_RIVALS * 100:g} point", "rivals_move", 0.0, _RIVALS),
        ("elasticity", f"{_ELASTICITY:.0%}", "elasticity", 1.0, _ELASTICITY),
    )
    for factor, size, key, origin, step in steps:
        for mark, sign in (("-", -1.0), ("+", 1.0)):
            change = f"{mark}{size}"
            yield factor, change, _scenario(f"{factor} {change}", key, origin + sign * step)
    rate = economics.adverse_selection.rate + _ADVERSE_SELECTION
    change = f"+{_ADVERSE_SELECTION:g}"
    name = f"adverse selection {change}"
    yield "adverse selection", change, _scenario(name, "adverse_selection_rate", rate)


def _scenario(name: str, key: str, value: float) -> ScenarioConfig:
    return ScenarioConfig.model_validate({"name": name, key: value})
