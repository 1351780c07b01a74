"""``nightbook fit take-up BOOK.toml``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.types import PositiveInt

if TYPE_CHECKING:
    from engine.take_up_training import TakeUpResult


def take_up(
    book: Path,
    /,
    *,
    threads: PositiveInt | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Trains the take-up model on offers that were made and writes it beside the book.

    Which columns hold the offers is the book's [fit.take_up]; the market is the file that fit
    market writes. Writes the propensity model, the slopes and a metrics JSON.

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
    from engine.take_up_training import train_take_up

    with shown_progress() as progress:
        result = train_take_up(book, threads=threads, progress=progress)
    if json:
        print_json(result._asdict())
    else:
        print_take_up(result)
    return 0


def print_take_up(result: TakeUpResult) -> None:
    """The slopes and what they rest on, the four models on held-out offers, and the files."""
    from engine.cli.display import print_table

    found = result.metrics
    overlap = found["overlap"]
    print_table(
        "fitted take-up",
        {
            "form": found["form"],
            "slope": found["label"],
            "rate explained by features": f"{overlap['rate_r2']:.1%}",
            "rate left to chance": f"{overlap['rate_residual_spread']:.3%}",
            **_slope_rows(found["slope"]),
            "model": result.model,
            "take-up": result.take_up,
            "metrics": result.metrics_file,
        },
    )
    for name, model in found["models"].items():
        print_table(f"{name}, on held-out offers", _model_rows(model))


def _model_rows(model: dict[str, Any]) -> dict[str, object]:
    wrong = model["violations"]
    return {
        "offers": f"{model['offers']:,}, {model['applied']:,} applied",
        "log loss": f"{model['log_loss']:.4f}",
        "AUC": f"{model['auc']:.4f}",
        "mean take-up": f"{model['mean_take_up']:.4f} (applied {model['applied_share']:.4f})",
        "rises with the rate": f"{wrong['rate_share']:.2%} of the grid",
        "falls with the limit": f"{wrong['limit_share']:.2%} of the grid",
    }


def _slope_rows(slope: dict[str, Any]) -> dict[str, object]:
    """Per segment the estimate and its interval; "pooled" where it is that of all segments."""
    title = "estimate" if slope["assumed"] is None else "unused estimate"
    rows: dict[str, object] = {}
    if slope["assumed"] is not None:
        rows["assumed slope"] = slope["assumed"]
    for name, one in slope["estimate"].items():
        pooled = ", pooled" if one["pooled"] else ""
        rows[f"{title} {name}"] = (
            f"{one['value']:.3f} ({_number(one['low'])} .. {_number(one['high'])}){pooled}"
        )
    return rows


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
