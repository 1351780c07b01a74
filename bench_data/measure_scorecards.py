"""``python -m bench_data scorecards``: scorecards side by side on repeated splits of one data set.

The intervals are of the mean difference of two AUCs over the splits, with the variance that Nadeau
and Bengio (2003, Inference for the generalization error) correct for the rows that splits share:

    mean +- t(0.975; k - 1) sqrt((1 / k + n_test / n_train) s^2)

with k splits and s^2 the variance of the k differences.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import stdtrit
from sklearn.model_selection import train_test_split

from bench_data.figures import print_figures
from bench_data.measure_taiwan import original_matrix
from bench_data.real_data import real_file
from bench_data.scorecard_contenders import SCORECARDS, Contender
from bench_data.taiwan import TARGET, read_taiwan
from engine.fit.scorecard.rows import Vector
from engine.metrics import auc

TEST_SIZE = 0.25
PUBLISHED_SEED = 42
COMPARED = [(ours, peer) for ours in list(SCORECARDS)[:2] for peer in list(SCORECARDS)[2:]]


class Entrant(NamedTuple):
    """A contender and the columns it sees, of all customers in the order of the file."""

    contender: Contender
    columns: pl.DataFrame


class Interval(NamedTuple):
    """A mean difference of AUCs and its 95 % interval."""

    mean: float
    low: float
    high: float


Split = tuple[NDArray[np.int64], NDArray[np.int64]]


def taiwan_entrants() -> tuple[dict[str, Entrant], Vector]:
    """The scorecards on the 23 original columns, and the 0/1 target (n,)."""
    original = read_taiwan(real_file("taiwan/taiwan.csv"))
    columns = original.drop("ID", TARGET).cast(pl.Float64)
    _, target = original_matrix(original)
    return {name: Entrant(contender, columns) for name, contender in SCORECARDS.items()}, target


def stratified_splits(target: Vector, seeds: Iterable[int]) -> list[Split]:
    """Train and test rows, one split per seed, with the same bad rate in both."""
    rows = np.arange(len(target))
    return [
        tuple(train_test_split(rows, test_size=TEST_SIZE, random_state=seed, stratify=target))
        for seed in seeds
    ]


def published_split(target: Vector) -> Split:
    """The one on which figures of others are known; it is not stratified."""
    train, test = train_test_split(
        np.arange(len(target)), test_size=TEST_SIZE, random_state=PUBLISHED_SEED
    )
    return train, test


def areas(entrant: Entrant, target: Vector, splits: Iterable[Split]) -> Vector:
    """AUC on the test rows of each split, (k,); the train rows are all that the entrant sees."""
    contender, columns = entrant
    return np.array(
        [
            auc(contender(columns[train], target[train], columns[test]), target[test])
            for train, test in splits
        ]
    )


def interval(better: Vector, worse: Vector) -> Interval:
    """Of ``better - worse``, AUCs (k,) on the same splits; k > 1. Formula above."""
    difference = better - worse
    size = len(difference)
    shared = TEST_SIZE / (1 - TEST_SIZE)
    error = np.sqrt((1 / size + shared) * difference.var(ddof=1))
    mean, reach = float(difference.mean()), float(stdtrit(size - 1, 0.975) * error)
    return Interval(mean, mean - reach, mean + reach)


def scorecard_figures(splits: int) -> dict[str, dict[str, float]]:
    """Mean AUC by entrant; ours against the others."""
    entrants, target = taiwan_entrants()
    drawn = stratified_splits(target, range(splits))
    found = {name: areas(entrant, target, drawn) for name, entrant in entrants.items()}
    published = [published_split(target)]
    figures = {
        name: {
            "mean": float(values.mean()),
            "standard_deviation": float(values.std(ddof=1)),
            "published_split": float(areas(entrants[name], target, published)[0]),
        }
        for name, values in found.items()
    }
    return figures | {
        f"{better} over {worse}": interval(found[better], found[worse])._asdict()
        for better, worse in COMPARED
    }


def print_scorecards(splits: int, *, json: bool) -> None:
    """One line per entrant and per comparison, or one JSON object."""
    print_figures(scorecard_figures(splits), json=json)
