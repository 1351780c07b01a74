"""Optuna's samplers, every option spelled out: its defaults changed with a major version."""

from __future__ import annotations

from typing import Literal

from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, NSGAIISampler, TPESampler
from optuna.samplers.nsgaii import UniformCrossover

from engine.strategy.search.space import Axis

SearchMethod = Literal["nsga2", "tpe"]


def sampler(method: SearchMethod, *, population: int, seed: int) -> BaseSampler:
    """``nsga2``: generations of ``population``; a child has each parameter of either parent, or
    with probability 1 / parameters a new one. ``tpe``: all parameters together; the first
    ``population`` trials are random, those not told yet count as bad."""
    if method == "nsga2":
        return NSGAIISampler(
            population_size=population,
            mutation=None,
            mutation_prob=None,
            crossover=UniformCrossover(swapping_prob=0.5),
            crossover_prob=0.9,
            swapping_prob=0.5,
            seed=seed,
        )
    return TPESampler(
        n_startup_trials=population,
        n_ei_candidates=24,
        multivariate=True,
        group=False,
        constant_liar=True,
        seed=seed,
    )


def distributions(axes: tuple[Axis, ...]) -> dict[str, BaseDistribution]:
    """By name, in the order of the axes."""
    return {
        axis.name: IntDistribution(int(axis.low), int(axis.high))
        if axis.whole
        else FloatDistribution(axis.low, axis.high)
        for axis in axes
    }
