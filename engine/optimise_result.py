"""What an optimisation found, in the words of the public contract."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.strategy import Answer, Method

if TYPE_CHECKING:
    from engine.strategy.search.answering import Searched


class OptimiseResult(NamedTuple):
    """``strategy``: an offer per segment and grade. ``today``: what the run's own offers bring.

    ``upper_bound``, ``gap``, ``root_gap`` and ``file`` are None for curves, which the menu's bound
    does not bound and a strategy file cannot hold; ``search`` is None for the method exact, and
    what was not asked for is None.
    """

    expected_profit: float
    upper_bound: float | None
    gap: float | None
    constraints: dict[str, dict[str, Any]]
    strategy: list[dict[str, Any]]
    seconds: float
    root_gap: float | None
    status: str
    expected_loss: float
    exposure: float
    expected_loans: float
    shadow_prices: dict[str, float]
    cliff_share: float
    groups: list[dict[str, Any]]
    file: Path | None
    today: dict[str, float]
    take_up: str
    run_id: str
    customers: int
    knocked_out: int
    method: Method
    frontier: dict[str, Any] | None = None
    scenarios: list[dict[str, Any]] | None = None
    crossed: list[dict[str, Any]] | None = None
    sensitivities: list[dict[str, Any]] | None = None
    chart: Path | None = None
    search: dict[str, Any] | None = None
    belief: dict[str, Any] | None = None


def of_answer(answer: Answer, *, seconds: float, **further: Any) -> OptimiseResult:
    """Of offers per cell; ``further``: fields that are not the answer's."""
    return OptimiseResult(
        expected_profit=answer.expected_profit,
        upper_bound=answer.upper_bound,
        gap=answer.gap,
        constraints=answer.constraints,
        strategy=[asdict(cell) for cell in answer.cells],
        seconds=seconds,
        root_gap=answer.root_gap,
        status=answer.status,
        expected_loss=answer.expected_loss,
        exposure=answer.exposure,
        expected_loans=answer.count,
        shadow_prices=answer.shadow_prices,
        cliff_share=answer.cliff_share,
        groups=answer.groups,
        **further,
    )


def of_curves(
    searched: Searched, constraints: dict[str, dict[str, Any]], *, seconds: float, **further: Any
) -> OptimiseResult:
    """Of a search whose answer is no table of cells."""
    totals = searched.totals
    return OptimiseResult(
        expected_profit=totals["profit"],
        upper_bound=None,
        gap=None,
        constraints=constraints,
        strategy=[],
        seconds=seconds,
        root_gap=None,
        status="searched",
        expected_loss=totals["loss"],
        exposure=totals["exposure"],
        expected_loans=totals["count"],
        shadow_prices={},
        cliff_share=0.0,
        groups=[],
        file=None,
        search=searched.report,
        **further,
    )
