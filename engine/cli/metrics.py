"""``nightbook metrics FILE``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.types import NonNegativeInt, PositiveInt
from cyclopts.validators import Number

if TYPE_CHECKING:
    from engine.measuring import Measured


def metrics(
    file: Path,
    /,
    *,
    score: str,
    target: str,
    week: str | None = None,
    weight: str | None = None,
    bootstrap: PositiveInt | None = None,
    confidence: Annotated[float, Parameter(validator=Number(gt=0, lt=1))] = 0.95,
    seed: NonNegativeInt = 0,
    threads: PositiveInt | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Measures how well a score ranks, and how true its probabilities are.

    AUC, Gini, K-S, lift, capture, the Amex metric, Brier score, log loss, calibration by decile;
    with weeks the Home Credit stability and its three parts. Equal scores are treated as one, so
    nothing depends on the order of rows; tie_mass is the share of the weight at scores that goods
    and bads have in common.

    Parameters
    ----------
    file:
        Parquet or CSV, a folder of such files (of a published run, say) or a quoted glob.
    score:
        Column of the score: higher is more likely bad.
    target:
        Column that is 1 where a customer turned out bad, else 0.
    week:
        Column of numbers, dates or text that ascend with time.
    weight:
        Column of how many customers a row stands for.
    bootstrap:
        So many draws of the rows: intervals of all measures.
    confidence:
        How often intervals are to hold the truth.
    seed:
        Of the draws; the same seed gives the same intervals.
    threads:
        Threads to work with; default: all cores. The result does not depend on it.
    json:
        One JSON object on stdout, all else on stderr.
    """
    threads = threads or os.cpu_count() or 1
    os.environ.setdefault("POLARS_MAX_THREADS", str(threads))  # read when it is first imported
    from engine.cli.display import print_json
    from engine.measuring import Draws, measure_file
    from engine.scored_file import Names

    found = measure_file(
        file,
        Names(score, target, week, weight),
        draws=Draws(bootstrap, confidence, seed) if bootstrap else None,
        threads=threads,
    )
    if json:
        print_json(found._asdict())
    else:
        _print(found)
    return 0


def _print(found: Measured) -> None:
    from engine.cli.display import print_table, print_warnings

    names = ("auc", "gini", "ks", "amex", "tie_mass", "brier", "log_loss")
    rows = {name: value for name in names if (value := getattr(found, name)) is not None}
    for name in ("lift", "capture"):
        by_share = getattr(found, name)
        rows |= {f"{name} {share}": value for share, value in by_share.items()}
    if found.stability:
        rows["stability"] = found.stability["value"]
    title = f"{found.rows:,} rows, {found.bads:,} bad"
    print_table(title, {name: _with_interval(found, name, value) for name, value in rows.items()})
    if found.stability:
        parts = ("mean", "slope_penalty", "residual_penalty", "weeks", "weeks_left_out")
        print_table("stability", {part: _number(found.stability[part]) for part in parts})
    print("calibration: customers, mean score, bad rate")
    for row in found.calibration:
        print(f"  {row['customers']:>11,}  {row['mean_score']:.6g}  {row['bad_rate']:.6g}")
    print_warnings([f"no {name}: {reason}" for name, reason in found.reasons.items()])


def _with_interval(found: Measured, name: str, value: float) -> str:
    if found.intervals is None or name not in found.intervals:
        return _number(value)
    low, high, bias = (_number(found.intervals[name][end]) for end in ("low", "high", "bias"))
    return f"{_number(value)}  [{low}, {high}], bias {bias}"


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.6f}"
