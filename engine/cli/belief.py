"""How a belief looks on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.optimise_result import OptimiseResult


def print_belief(result: OptimiseResult) -> None:
    """A table, where draws were asked for."""
    if result.belief is None:
        return
    from engine.cli.display import print_table

    found = result.belief
    low, high = found["interval"]
    rows = {
        "expected profit": f"{found['expected_profit']:,.2f}",
        f"{found['level']:.0%} interval": f"{low:,.2f} .. {high:,.2f}",
        "less optimism": f"{found['corrected_profit']:,.2f} ({found['optimism']:,.2f} less)",
        "regret": _regret(found),
        **{f"{name} holds": _share(found, name) for name in found["constraints"]},
        **{name: f"from {source}" for name, source in found["sources"].items()},
        "customers drawn": f"{found['customers']:,}",
    }
    print_table(f"{found['repetitions']:,} draws of how wrong the models may be", rows)


def _regret(found: dict[str, Any]) -> str:
    regret = found["regret"]
    if not regret:
        return "unknown: no draw has a strategy that holds the constraints"
    shown = f"{regret['mean']:,.2f} on average, {regret['p90']:,.2f} at 90 %"
    none = found["infeasible"]
    return f"{shown}; {none:,} draws without a strategy" if none else shown


def _share(found: dict[str, Any], name: str) -> str:
    margin = found["margins"].get(name)
    what = "realised" if found["realised"] else "expected"
    shown = f"in {found['constraints'][name]:.1%} of the draws, {what}"
    return f"{shown}; chosen by {margin}" if margin else shown
