"""``nightbook fit tuning BOOK.toml``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.types import PositiveInt

if TYPE_CHECKING:
    from engine.tuning import TuningResult

_FIGURES = {"AUC": "auc", "K-S": "ks", "log loss": "log_loss", "Brier": "brier"}


def tuning(
    book: Path,
    /,
    *,
    threads: PositiveInt | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Adapts a model file that exists to the book's own customers.

    Which, and how, is the book's [fit.tuning]: more trees on a LightGBM model, its trees with other
    leaves, or a scorecard with another slope and intercept. Writes the new model, its calibrator if
    the book's model has one, and a report on held-out customers before and after, on the old
    portfolio too where its book is named.

    Parameters
    ----------
    book:
        The book.toml.
    threads:
        Threads to work with; default: all cores. The model does not depend on it.
    json:
        One JSON object on stdout, all else on stderr.
    """
    if threads is not None:  # read by Polars when it is first imported, which is below
        os.environ.setdefault("POLARS_MAX_THREADS", str(threads))
    from engine.cli.display import print_json, shown_progress
    from engine.tuning import tune_model

    with shown_progress() as progress:
        result = tune_model(book, threads=threads, progress=progress)
    if json:
        print_json(result._asdict())
    else:
        _print(result)
    return 0


def _print(result: TuningResult) -> None:
    from engine.cli.display import descriptive, print_table, print_warnings

    report = result.report
    files: dict[str, object] = {"model": result.model}
    if result.calibrator is not None:
        files["calibrator"] = result.calibrator
    files["report"] = result.report_file
    print_warnings(list(report["adapted"].get("warnings", ())))
    print_table(f"{report['method']} of {report['base']['file']}", _how(report["adapted"]) | files)
    for which in ("new", "old"):
        if report[which] is not None:
            title = f"the {which} portfolio, held-out customers of '{report[which]['book']}'"
            rows = _rows(report[which], report["event"])
            print_table(title, rows | descriptive(report[which]))


def _how(adapted: Mapping[str, Any]) -> dict[str, object]:
    """What was done, in a line or two."""
    if "slope" in adapted:
        return {
            "slope": f"{adapted['slope']:.4f} (standard error {adapted['slope_error']:.4f})",
            "intercept": f"{adapted['intercept']:.4f} ({adapted['intercept_error']:.4f})",
        }
    rows: dict[str, object] = {"trees": f"{adapted['trees']} ({adapted['trees_added']} new)"}
    if adapted["decay_rate"] is not None:
        rows["decay rate"] = f"{adapted['decay_rate']:g}"
    losses = (f"{name} {loss:.4f}" for name, loss in adapted["validation_log_loss"].items())
    return rows | {"log loss on validation": ", ".join(losses)}


def _rows(found: Mapping[str, Any], event: str) -> dict[str, object]:
    """Before and after, and how much of the difference is chance."""
    before, after = found["before"], found["after"]
    rows: dict[str, object] = {
        "customers": f"{before['customers']:,}, {before['events']:,} {event}"
    }
    if before["unscored"]:
        rows["without a score"] = f"{before['unscored']:,}, left out"
    for shown, name in _FIGURES.items():
        rows[shown] = f"{_shown(before[name])} -> {_shown(after[name])}{_interval(found, name)}"
    if "calibrated" in found:
        rows["log loss, calibrated"] = _shown(found["calibrated"]["log_loss"])
    for name in ("calibration_slope", "calibration_intercept", "mean_score"):
        rows[name.replace("_", " ")] = f"{_shown(before[name])} -> {_shown(after[name])}"
    rows["event rate"] = _shown(before["event_rate"])
    return rows


def _interval(found: Mapping[str, Any], name: str) -> str:
    one = found["difference"][name]
    if one["low"] is None or one["high"] is None:
        return ""
    return f" (difference {one['low']:+.4f} .. {one['high']:+.4f}, 95 %)"


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"
