"""``python -m bench_data measure``: every figure of README.md, from freshly imported books."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from bench_data import measure_berka, measure_taiwan
from bench_data.berka import import_berka
from bench_data.features import book_features
from bench_data.figures import print_figures
from bench_data.measure_taiwan import ROUNDS_ORIGINAL, ROUNDS_RECIPE
from bench_data.real_data import real_file
from bench_data.taiwan import import_taiwan, read_taiwan
from engine.training import train_pd

Figures = dict[str, Any]


def print_measured(*, json: bool) -> None:
    """One figure per line, or one JSON object."""
    with tempfile.TemporaryDirectory() as folder:
        figures = taiwan_figures(Path(folder) / "taiwan") | berka_figures(Path(folder) / "berka")
    print_figures(figures, json=json)


def taiwan_figures(folder: Path) -> Figures:
    """AUCs on the published split, and what ``nightbook fit pd`` reports on its own."""
    book = import_taiwan(folder)
    original = read_taiwan(real_file("taiwan/taiwan.csv"))
    X, y = measure_taiwan.original_matrix(original)
    made = measure_taiwan.recipe_matrix(book_features(book), original)
    plain = measure_taiwan.engine_scores(X, y, ROUNDS_ORIGINAL)
    recipe = measure_taiwan.engine_scores(made, y, ROUNDS_RECIPE)
    low, high = measure_taiwan.gain_interval(recipe, plain, y)
    return {
        "taiwan original, published LightGBM": _auc(measure_taiwan.published_lightgbm(X, y)),
        "taiwan original, published logistic": _auc(measure_taiwan.published_logistic(X, y)),
        "taiwan original, engine's LightGBM": _auc(measure_taiwan.judge(plain, y)),
        "taiwan recipe, engine's LightGBM": _auc(measure_taiwan.judge(recipe, y)),
        "taiwan recipe over original, test": {"low": low, "high": high},
        "taiwan trees by cross-validation": {
            "original": measure_taiwan.choose_rounds(X, y),
            "recipe": measure_taiwan.choose_rounds(made, y),
        },
        "taiwan fit pd, held out": _held_out(book),
    }


def berka_figures(folder: Path) -> Figures:
    """What ``nightbook fit pd`` reports, cross-validation, and out of time."""
    book = import_berka(folder)
    loans = pl.read_parquet(folder / "raw" / "loans.parquet")
    X, y = measure_berka.loans_matrix(book_features(book), loans)
    held_out = _held_out(book)
    goods = held_out["customers"] - held_out["bads"]
    error = measure_berka.hanley_mcneil(held_out["auc"], goods=goods, bads=held_out["bads"])
    figures: Figures = {
        "berka fit pd, held out": held_out | {"standard_error": error.standard_error}
    }
    for name, trees in (("LightGBM", True), ("logistic", False)):
        repeated = measure_berka.repeated(X, y, trees=trees)
        out_of_time = measure_berka.out_of_time(X, y, loans, trees=trees)
        figures[f"berka cross-validated, {name}"] = repeated._asdict()
        figures[f"berka out of time, {name}"] = out_of_time._asdict()
    return figures


def _auc(found: measure_taiwan.TrainTest) -> Figures:
    return {"train": found.train, "test": found.test}


def _held_out(book: Path) -> Figures:
    part = train_pd(book).metrics["parts"]["heldout"]
    names = ("customers", "bads", "bad_rate", "mean_pd", "auc", "ks", "brier")
    return {name: part[name] for name in names}
