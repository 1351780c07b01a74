"""``nightbook fit scorecard BOOK.toml``."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.types import PositiveInt

if TYPE_CHECKING:
    from engine.scorecard_training import ScorecardResult

_MOST_SHOWN = 12  # features of a step; the metrics file has all


def scorecard(
    book: Path,
    /,
    *,
    threads: PositiveInt | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Fits a scorecard on the book's own customers and writes it beside the book.

    Which model, from which features, and what is bad, is the book's [fit.scorecard]. Features are
    eliminated step by step, the rest fitted by logistic regression. Writes the scorecard JSON with
    points and cut-off, a metrics JSON, and plots.

    Parameters
    ----------
    book:
        The book.toml.
    threads:
        Threads to work with; default: all cores. The scorecard does not depend on it.
    json:
        One JSON object on stdout, all else on stderr.
    """
    if threads is not None:  # read by Polars when it is first imported, which is below
        os.environ.setdefault("POLARS_MAX_THREADS", str(threads))
    from engine.cli.display import (
        print_json,
        print_warnings,
        shown_progress,
        stdout_for_results,
    )
    from engine.scorecard_training import train_scorecard

    with shown_progress() as progress, stdout_for_results():
        result = train_scorecard(book, threads=threads, progress=progress)
    print_warnings(result.warnings)
    if json:
        print_json(result._asdict())
    else:
        print_scorecard(result)
    return 0


def print_scorecard(result: ScorecardResult) -> None:
    """Elimination, coefficients, classification, challengers, quality, and where the files are."""
    from engine.cli.display import descriptive, print_table

    found = result.metrics
    for title, rows in _elimination(found["elimination"]):
        print_table(title, rows)
    print_table("coefficients, of the columns as they were fitted", _coefficients(found))
    for part, table in found["classification"].items():
        print_table(f"classification at {table['cut_off']:.4g}, {part}", _classification(table))
    if found["challengers"]:
        print_table("challengers, on held-out customers", _challengers(found["challengers"]))
    files = {"model": result.model, "metrics": result.metrics_file}
    if result.plots:
        files["plots"] = result.plots[0].parent
    print_table(
        f"fitted scorecard, P({found['event']}), on held-out customers",
        {**_quality(found["parts"]["heldout"]), **descriptive(found), **files},
    )


def _elimination(found: dict[str, Any] | None) -> Iterator[tuple[str, dict[str, object]]]:
    """A line per step that repeats or has many features, then a table per step."""
    if found is None:
        return
    test = "F to remove" if found["method"] == "discriminant" else "likelihood ratio"
    steps = found["steps"]
    brief = [step for step in steps if step["removed"] and _is_brief(step)]
    if brief:
        rows: dict[str, object] = {step["removed"]: _in_brief(step) for step in brief}
        yield f"elimination, steps 1 to {len(brief)}: what goes, in this order ({test})", rows
    for step in steps[len(brief) :]:
        what = f"{step['removed']} goes" if step["removed"] else "all stay"
        wilks = step["wilks_lambda"]
        of = test if wilks is None else f"{test}, Wilks' lambda {wilks:.6f}"
        yield f"elimination, step {step['step']}: {what} ({of})", _tests(step)


def _is_brief(step: dict[str, Any]) -> bool:
    return len(step["statistic"]) > _MOST_SHOWN or _repeats(step)


def _repeats(step: dict[str, Any]) -> bool:
    """The last feature of a model never goes: one by itself goes since it repeats others."""
    return step["removed"] is not None and len(step["statistic"]) == 1


def _in_brief(step: dict[str, Any]) -> str:
    if _repeats(step):
        return f"{'':>14}  follows from those before it"
    wilks = step["wilks_lambda"]
    after = "" if wilks is None else f"  Wilks' lambda {wilks:.6f}"
    return f"{_test(step, step['removed'])}{after}"


def _tests(step: dict[str, Any]) -> dict[str, object]:
    """The test of each feature in the model, the weakest first."""
    tests = step["statistic"]
    weakest = sorted(tests, key=lambda name: math.inf if tests[name] is None else tests[name])
    rows: dict[str, object] = {name: _test(step, name) for name in weakest[:_MOST_SHOWN]}
    if len(weakest) > _MOST_SHOWN:
        rows["..."] = f"{len(weakest) - _MOST_SHOWN} more"
    return rows


def _test(step: dict[str, Any], name: str) -> str:
    statistic = step["statistic"][name]
    shown = "unbounded" if statistic is None else f"{statistic:,.4f}"
    return f"{shown:>14}  {_p_value(step['p_value'][name])}"


def _coefficients(found: dict[str, Any]) -> dict[str, object]:
    return {
        row["name"]: (
            f"{_number(row['coefficient']):>11}  error {_number(row['standard_error']):>10}  "
            f"{_p_value(row['p_value'])}  odds ratio {_number(row['odds_ratio']):>10} "
            f"({_number(row['odds_ratio_low'])} .. {_number(row['odds_ratio_high'])})"
        )
        for row in found["coefficients"]["fitted"]
    }


def _classification(table: dict[str, float]) -> dict[str, object]:
    good, bad = (
        f"{table[f'{what}_as_good']:>12,.6g} as good {table[f'{what}_as_bad']:>12,.6g} as bad   "
        f"{table[f'{what}_recognised']:.1%} recognised"
        for what in ("good", "bad")
    )
    return {"good": good, "bad": bad, "all": f"{table['recognised']:.1%} recognised"}


def _challengers(rows: list[dict[str, Any]]) -> dict[str, object]:
    return {row["name"]: _challenger(row) for row in rows}


def _challenger(row: dict[str, Any]) -> str:
    if row["error"]:
        return " ".join(row["error"].split())
    figures = (
        f"AUC {row['auc']:.4f}  K-S {row['ks']:.4f}  recognised {row['recognised']:.1%}  "
        f"{row['features']:>3} features"
    )
    if row["auc_gain"] is None:
        return figures
    ends = f"{row['auc_gain_low']:+.4f} .. {row['auc_gain_high']:+.4f}"
    return f"{figures}  gain of AUC {row['auc_gain']:+.4f} ({ends})"


def _quality(part: dict[str, Any]) -> dict[str, object]:
    return {
        "customers": f"{part['customers']:,}, {part['bads']:,} bad",
        "AUC": f"{part['auc']:.4f}",
        "Gini": f"{part['gini']:.4f}",
        "K-S": f"{part['ks']:.4f}",
        "Brier": f"{part['brier']:.5f}",
        "log loss": f"{part['log_loss']:.5f}",
        "mean score": f"{part['mean_score']:.4f} (event rate {part['event_rate']:.4f})",
    }


def _p_value(p: float | None) -> str:
    if p is None:
        return "p  unknown"
    return "p < 0.0001" if p < 0.0001 else f"p   {p:.4f}"


def _number(value: float | None) -> str:
    return "unbounded" if value is None else f"{value:#,.5g}"
