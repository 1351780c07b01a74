"""The experiment's question: what is a better rate worth per letter, against what was there?

A policy is valued on branches that it was not learned on. Which branches are learned on together
is chance, and moves the value: ``DEALS`` dealings are made and the values averaged over them.

Intervals come from a bootstrap by branch (exponential weights, Rubin 1981) in which policies are
learned anew. One that takes the learned policies as given is too narrow, since each fold's letters
both teach and judge: in 600 simulated experiments (those of ``tests/bench_data/test_kz_value.py``)
it held a learned policy's value 88 to 92 times of 100, this one 99 times. It errs on the side of
width for learned policies, and not for fixed ones (93 to 95 times).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl

from bench_data.kz.model import predictions
from bench_data.kz.policy import learn, learn_crossed
from bench_data.kz.profit import outcomes_of
from bench_data.kz.sums import Cells, Sums, by_fold, sums_of
from bench_data.kz.trial import (
    BANDS,
    Codes,
    Trial,
    Vector,
    below_standard,
    deal_folds,
    trial_of,
)
from bench_data.kz.value import average_value, dr_value, effective_size, ipw_value, picked

DEALS, REPLICATES = 20, 400
AVERAGE, AT_STANDARD, TOP_BAND = "experiment's average", "standard rate", "standard rate's band"
"""What is there without a policy; the last two are the kinds ``BANDS`` and ``BANDS - 1``."""


Choose = Callable[[Cells, Sums], Codes]
"""Of the folds' letters (F, S, kinds) and weighted sums: the kinds (F, S) to name in each fold."""


@dataclass(frozen=True, slots=True)
class Study:
    """The offers at most at the standard rate, and the chance that valuing them takes.

    ``folds``: per dealing (branches,). ``weights``: the bootstrap's, (R, branches), after a first
    row of ones, which is the experiment as it was.
    """

    kept: pl.DataFrame
    trial: Trial
    outcomes: pl.DataFrame
    folds: tuple[Codes, ...]
    weights: Vector


class Valued(NamedTuple):
    """A policy's value per letter: (1 + R, deals), first the experiment's own, then replicates'.

    ``letters``, ``borrowers`` and ``effective``, means over dealings, are what carries it: letters
    that said what the policy says, those who then borrowed, and Kish's effective sample size.
    """

    ipw: Vector
    dr: Vector
    letters: float
    borrowers: float
    effective: float


def study_of(offers: pl.DataFrame) -> Study:
    """From the data of ``bench_data.kz.data``."""
    kept = below_standard(offers)
    trial = trial_of(kept)
    folds = tuple(deal_folds(trial, seed=seed) for seed in range(DEALS))
    drawn = np.random.default_rng(DEALS).exponential(size=(REPLICATES, len(folds[0])))
    weights = np.concatenate([np.ones((1, drawn.shape[1])), drawn])
    return Study(kept, trial, outcomes_of(kept), folds, weights)


def sums_for(study: Study, outcome: str) -> Sums:
    """The sums of ``outcome`` by branch, with cross-fitted predictions."""
    y = study.outcomes[outcome].to_numpy()
    predicted = predictions(study.kept, y, study.trial, study.folds[0])
    return sums_of(study.trial, y, predicted)


def value_all(study: Study, outcome: str, groups: dict[str, Codes]) -> dict[str, Valued]:
    """The experiment's average, the standard rate, its band, and a learned policy per grouping."""
    sums = sums_for(study, outcome)
    given = {AT_STANDARD: BANDS, TOP_BAND: BANDS - 1}
    found = {AVERAGE: _average(study, sums)}
    for name, kind in given.items():
        found[name] = value(study, sums, _always(kind), study.folds[:1])
    for name, group in groups.items():
        found[name] = value(study, sums, partial(learn_crossed, groups=group), study.folds)
    return found


def value(study: Study, sums: Sums, choose: Choose, deals: Sequence[Codes]) -> Valued:
    """Of the policies that ``choose`` gives for each of ``deals``, and for every replicate."""
    ipw, dr = (np.empty((len(study.weights), len(deals))) for _ in range(2))
    for place, fold in enumerate(deals):
        counts = by_fold(sums, fold, study.weights[0]).letters
        for row, weight in enumerate(study.weights):
            dealt = by_fold(sums, fold, weight)
            choice = choose(counts, dealt)
            ipw[row, place], dr[row, place] = ipw_value(dealt, choice), dr_value(dealt, choice)
    return Valued(ipw, dr, *_support(study, sums, choose, deals))


def choices_of(study: Study, sums: Sums, group: Codes) -> Codes:
    """(deals * folds, S): every policy that was learned."""
    dealt = [by_fold(sums, fold, study.weights[0]) for fold in study.folds]
    return np.concatenate([learn_crossed(one.letters, one, group) for one in dealt])


def in_sample_value(sums: Sums, group: Codes) -> tuple[Codes, float]:
    """The policy (S,) that all letters teach, and its value on the same letters: too high."""
    whole = Sums(*(part.sum(axis=0, keepdims=True) for part in sums))
    letters, outcome = (part[..., :BANDS] for part in (whole.letters, whole.outcome))
    choice = learn(letters, letters, outcome, group)
    return choice[0], ipw_value(whole, choice)


def _always(kind: int) -> Choose:
    return lambda counts, _: np.full(counts.shape[:2], kind)


def _average(study: Study, sums: Sums) -> Valued:
    one = study.folds[0]
    values = [[average_value(by_fold(sums, one, weight))] for weight in study.weights]
    letters = float(sums.letters[..., :BANDS].sum())
    borrowers = float(study.kept["tookup"].sum())
    return Valued(np.array(values), np.array(values), letters, borrowers, letters)


def _support(
    study: Study, sums: Sums, choose: Choose, deals: Sequence[Codes]
) -> tuple[float, float, float]:
    took = study.kept["tookup"].to_numpy()
    borrowed = sums_of(study.trial, took, np.zeros((len(took), BANDS)))
    found = []
    for fold in deals:
        dealt, loans = (by_fold(part, fold, study.weights[0]) for part in (sums, borrowed))
        choice = choose(dealt.letters, dealt)
        carried = (picked(part, choice).sum() for part in (loans.letters, loans.outcome))
        found.append((*carried, effective_size(dealt, choice)))
    letters, borrowers, effective = np.mean(found, axis=0)
    return float(letters), float(borrowers), float(effective)
