"""Sums of the experiment by branch, stratum and kind of letter: all that values depend on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench_data.kz.trial import BANDS, FOLDS, KINDS, STRATA, Codes, Trial, Vector

Cells = NDArray[np.float64]


class Sums(NamedTuple):
    """Each (g, S, ``KINDS``) float64, where g are branches or folds.

    ``letters`` and ``outcome``: of the letters of this kind. ``residual``: their outcome less what
    was predicted. ``predicted``: over all letters of the stratum, had they been of this kind.
    """

    letters: Cells
    outcome: Cells
    residual: Cells
    predicted: Cells


def sums_of(trial: Trial, y: Vector, predicted: NDArray[np.float64]) -> Sums:
    """By branch, from ``y`` (n,) and its prediction under each band (n, ``BANDS``).

    For the standard rate itself the prediction is that of its band.
    """
    residual = y - predicted[np.arange(len(y)), trial.band]
    letters = _by_kind(trial, np.ones(len(y)))
    every = np.zeros_like(letters)
    np.add.at(every[..., :BANDS], (trial.branch, trial.stratum), predicted)
    every[..., BANDS] = every[..., BANDS - 1]
    return Sums(letters, _by_kind(trial, y), _by_kind(trial, residual), every)


def by_fold(sums: Sums, fold: Codes, weight: Vector) -> Sums:
    """By fold: branches added up, each ``weight`` (branches,) times. ``fold`` is (branches,)."""
    share = (fold == np.arange(FOLDS)[:, None]) * weight
    flat = (share @ part.reshape(len(fold), -1) for part in sums)
    return Sums(*(part.reshape(FOLDS, len(STRATA), KINDS) for part in flat))


def _by_kind(trial: Trial, values: Vector) -> Cells:
    found = np.zeros((trial.branch.max() + 1, len(STRATA), KINDS))
    np.add.at(found, (trial.branch, trial.stratum, trial.band), values)
    at = trial.at_standard
    np.add.at(found[..., BANDS], (trial.branch[at], trial.stratum[at]), values[at])
    return found
