"""How frontier, scenarios and sensitivities look on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.optimise_result import OptimiseResult

Row = Sequence[str]
_SOLVED = ("profit", "upper bound", "gap", "expected loss", "exposure")
_CROSSED = ("strategy", "under", "profit", "expected loss", "exposure", "breaks")
_MOVED = ("factor", "change", "strategy kept", "breaks", "solved anew", "adapting")


def print_what_if(result: OptimiseResult) -> None:
    """A table for each that was asked for, after an empty line."""
    if result.frontier is not None:
        found = result.frontier
        side = "at most" if found["side"] == "max" else "at least"
        title = f"frontier of {found['constraint']} ({result.chart})"
        _print_table(title, (side, *_SOLVED, "value"), _frontier(found))
    if result.scenarios is not None:
        title = "scenarios, each solved anew"
        _print_table(title, ("scenario", *_SOLVED), map(_scenario, result.scenarios))
    if result.crossed is not None:
        _print_table("strategies under scenarios", _CROSSED, map(_crossing, result.crossed))
    if result.sensitivities is not None:
        title = "sensitivities, one factor at a time"
        _print_table(title, _MOVED, map(_sensitivity, result.sensitivities))


def _frontier(found: Mapping[str, Any]) -> Iterator[Row]:
    for point in found["points"]:
        if point["expected_profit"] is None:
            yield (f"{point['cap']:.6g}", point["status"])
            continue
        yield (f"{point['cap']:.6g}", *_solved(point), _value(point["value"]))
    today = found["today"]
    amounts = (_amount(today[name]) for name in ("expected_loss", "exposure"))
    yield ("today", _amount(today["expected_profit"]), "", "", *amounts, _value(today["value"]))
    if not today["as_published"]:
        yield ("today's offers are priced by the book as it is now, the run said otherwise",)


def _scenario(found: Mapping[str, Any]) -> Row:
    if found["expected_profit"] is None:
        return (found["name"], found["status"])
    return (found["name"], *_solved(found))


def _solved(found: Mapping[str, Any]) -> Iterator[str]:
    yield _amount(found["expected_profit"])
    yield _amount(found["upper_bound"])
    yield f"{found['gap']:.4%}"
    yield _amount(found["expected_loss"])
    yield _amount(found["exposure"])


def _crossing(found: Mapping[str, Any]) -> Row:
    amounts = (_amount(found[n]) for n in ("expected_profit", "expected_loss", "exposure"))
    return (found["strategy"], found["scenario"], *amounts, ", ".join(found["broken"]))


def _sensitivity(found: Mapping[str, Any]) -> Row:
    start = (found["factor"], found["change"])
    if found["kept_profit"] is None:
        return (*start, found["status"])
    kept = (_amount(found["kept_profit"]), ", ".join(found["broken"]))
    if found["expected_profit"] is None:
        return (*start, *kept, found["status"])
    return (*start, *kept, _amount(found["expected_profit"]), _amount(found["value_of_adapting"]))


def _amount(value: float) -> str:
    return f"{value:,.0f}"


def _value(value: float | None) -> str:
    return "of nothing" if value is None else f"{value:,.6g}"


def _print_table(title: str, heads: Row, rows: Iterable[Row]) -> None:
    """Columns with numbers to the right, others to the left; a row of one cell is a sentence."""
    lines = list(rows)
    full = [line for line in lines if len(line) > 1]
    columns = [[line[i] for line in full if i < len(line)] for i in range(len(heads))]
    formats = [
        f"{'>' if any(map(_is_number, cells)) else '<'}{max(map(len, [head, *cells]))}"
        for head, cells in zip(heads, columns, strict=True)
    ]
    print(f"\n{title}")
    for line in (heads, *lines):
        cells = (format(cell, how) for cell, how in zip(line, formats, strict=False))
        print("  " + ("  ".join(cells) if len(line) > 1 else line[0]).rstrip())


def _is_number(text: str) -> bool:
    return text.lstrip("+-")[:1].isdigit()
