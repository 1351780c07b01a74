"""What is asked besides the best strategy: the frontier, scenarios, sensitivities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from engine.errors import BookError
from engine.evaluate import Pricing
from engine.strategy.config import BASE, OptimiseConfig, ScenarioConfig
from engine.strategy.optimise import Answer, Prepared
from engine.strategy.what_if.crossing import Outcome, crossed, solve_under
from engine.strategy.what_if.frontier import Caps, frontier, read_caps
from engine.strategy.what_if.scenarios import check_scenario
from engine.strategy.what_if.sensitivities import sensitivities
from engine.strategy.what_if.today import value_today

_AGREE = 1e-9
"""Of the published exposure: today's offers valued anew may differ by rounding alone."""
_PUBLISHED = ("expected_profit", "expected_loss", "exposure")


@dataclass(frozen=True)
class Questions:
    """Checked against the book; ``scenarios`` without the base, empty where they are not asked."""

    caps: Caps | None
    scenarios: tuple[ScenarioConfig, ...]
    sensitivities: bool


def ask(
    config: OptimiseConfig,
    pricing: Pricing,
    *,
    frontier: str | None,
    scenarios: bool,
    sensitivities: bool,
) -> Questions:
    """``frontier``: see ``read_caps``; ``scenarios``: those of the book, which must have some.

    Raises
    ------
    BookError
        What is asked cannot be answered for this book; before anything is run.
    """
    if scenarios and not config.scenarios:
        raise BookError("scenarios: the book has no [[optimise.scenarios]] to solve")
    wanted = config.scenarios if scenarios else ()
    for scenario in wanted:
        check_scenario(scenario, pricing)
    caps = None if frontier is None else read_caps(frontier)
    return Questions(caps, wanted, sensitivities)


def answers(
    asked: Questions,
    prepared: Prepared,
    base: Answer,
    *,
    published: Mapping[str, float],
    as_of: date | None,
    threads: int,
) -> dict[str, Any]:
    """By the keys of the result: frontier, scenarios, crossed, sensitivities; None: not asked.

    ``published``: totals of the run's own offers, expected_profit, expected_loss and exposure.
    """
    found: dict[str, Any] = dict.fromkeys(("frontier", "scenarios", "crossed", "sensitivities"))
    if asked.caps is not None:
        found["frontier"] = _frontier(prepared, asked.caps, published)
    if asked.scenarios:
        found |= _scenarios(prepared, base, asked.scenarios, as_of=as_of, threads=threads)
    if asked.sensitivities:
        rows = sensitivities(prepared, base, as_of=as_of, threads=threads)
        found["sensitivities"] = [asdict(row) for row in rows]
    return found


def _frontier(prepared: Prepared, caps: Caps, published: Mapping[str, float]) -> dict[str, Any]:
    """``today`` as the book prices it now; ``as_published``: whether the run said the same."""
    curve = frontier(prepared, caps)
    today = asdict(value_today(prepared, caps.name, curve.basis))
    room = _AGREE * max(abs(published["exposure"]), 1.0)
    same = all(abs(today[name] - published[name]) <= room for name in _PUBLISHED)
    return {
        "constraint": curve.constraint,
        "side": curve.side,
        "basis": curve.basis,
        "points": [asdict(point) for point in curve.points],
        "today": {**today, "as_published": same},
    }


def _scenarios(
    prepared: Prepared,
    base: Answer,
    scenarios: Sequence[ScenarioConfig],
    *,
    as_of: date | None,
    threads: int,
) -> dict[str, Any]:
    """What each scenario's own best strategy brings there, and every strategy everywhere."""
    outcomes = [Outcome(BASE, prepared, base, base.status)]
    outcomes += [
        solve_under(prepared, base, scenario, as_of=as_of, threads=threads)
        for scenario in scenarios
    ]
    changes = [{}, *(one.model_dump(exclude_unset=True, exclude={"name"}) for one in scenarios)]
    return {
        "scenarios": [
            {
                "name": outcome.name,
                "changes": change,
                "status": outcome.status,
                "reason": outcome.reason,
                **_answer(outcome.answer),
            }
            for outcome, change in zip(outcomes, changes, strict=True)
        ],
        "crossed": [asdict(crossing) for crossing in crossed(outcomes)],
    }


def _answer(answer: Answer | None) -> dict[str, Any]:
    names = ("expected_profit", "upper_bound", "gap", "expected_loss", "exposure", "constraints")
    found = {name: getattr(answer, name, None) for name in names}
    cells = [] if answer is None else [asdict(cell) for cell in answer.cells]
    return {**found, "expected_loans": getattr(answer, "count", None), "strategy": cells}
