"""``nightbook fit pd BOOK.toml``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.types import PositiveInt

if TYPE_CHECKING:
    from engine.training import TrainingResult


def pd(
    book: Path,
    /,
    *,
    threads: PositiveInt | None = None,
    json: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Trains the PD model on the book's own customers and writes it beside the book.

    What is bad is the book's [target]; how customers are split, its [fit]. Writes the model, its
    calibrator and a metrics JSON.

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
    from engine.training import train_pd

    with shown_progress() as progress:
        result = train_pd(book, threads=threads, progress=progress)
    if json:
        print_json(result._asdict())
    else:
        print_quality(result)
    return 0


def print_quality(result: TrainingResult) -> None:
    """The held-out figures, and where the files are."""
    from engine.cli.display import descriptive, print_table

    held_out = result.metrics["parts"]["heldout"]
    print_table(
        "fitted pd, on held-out customers",
        {
            "customers": f"{held_out['customers']:,}, {held_out['bads']:,} bad",
            "AUC": f"{held_out['auc']:.4f}",
            "Gini": f"{held_out['gini']:.4f}",
            "K-S": f"{held_out['ks']:.4f}",
            "Brier": f"{held_out['brier']:.5f}",
            "mean PD": f"{held_out['mean_pd']:.4f} (bad rate {held_out['bad_rate']:.4f})",
            **descriptive(result.metrics),
            "model": result.model,
            "calibrator": result.calibrator,
            "metrics": result.metrics_file,
        },
    )
