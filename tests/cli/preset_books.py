"""Generated files of the competitions, and books over them as a user would write them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
from command import call

_BOOK = """\
[preset]
name = "{name}"
folder = "{folder}"
split = "{split}"
recipe = "{recipe}"
{more}
[models.pd]
file = "{model}"
predicts = "pd"
prior_correction = 20.0

[economics]
mode = "source"
funding_cost = 0.03
lgd = 0.45

[strategy]
[[strategy.grades]]
grade = "A"
max_pd = 0.02
rate = 0.08
limit = 6000
[[strategy.grades]]
grade = "B"
rate = 0.15
limit = 2000

[take_up]
intercept = 1.0
rate = -9.0
log_limit = 0.4
reference_limit = 4000

[optimise]
grades = "book"
[optimise.menu]
rates = {{ from = 0.04, to = 0.20, steps = 5 }}
limits = {{ from = 1000, to = 6000, steps = 3 }}

[fit]
split = "random"
least_bads = 5
"""


def bench_data(*arguments: object) -> None:
    """``python -m bench_data ...``."""
    command = [sys.executable, "-m", "bench_data", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr


def write_book(
    path: Path,
    name: str,
    folder: Path,
    *,
    split: str = "train",
    recipe: str,
    model: str = "models/pd.txt",
    more: str = "",
) -> Path:
    """A book at ``path`` over the files in ``folder``; ``more``: sections of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    given = {"name": name, "folder": folder, "split": split, "recipe": recipe, "model": model}
    path.write_text(_BOOK.format(**given, more=more), encoding="utf-8")
    return path


def write_card(path: Path, features: Iterable[str], scale: float = 0.01) -> str:
    """A scorecard that reads ``features``; its path, for a book beside it."""
    terms = [{"name": name, "coefficient": scale, "impute": -1.0} for name in features]
    card = {"kind": "scorecard", "intercept": -1.0, "features": terms}
    path.write_text(json.dumps(card), encoding="utf-8")
    return path.name


def run(book: Path, *options: object) -> dict[str, Any]:
    return call("run", book, "--json", *options).json


def plan(book: Path, *options: object) -> dict[str, Any]:
    return call("run", book, "--dry-run", "--json", *options).json


def rows_of(found: dict[str, Any]) -> pl.DataFrame:
    """The published rows of a run."""
    return pl.read_parquet(Path(found["path"]) / "part-*.parquet")


def manifest_of(found: dict[str, Any]) -> dict[str, Any]:
    loaded = json.loads((Path(found["path"]) / "manifest.json").read_text())
    assert isinstance(loaded, dict)
    return loaded
