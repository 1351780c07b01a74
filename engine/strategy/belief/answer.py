"""An answer and what is to be believed of it; with a margin, one that holds more often."""

from __future__ import annotations

from dataclasses import asdict
from typing import NamedTuple

from engine.errors import BookError
from engine.evaluate.strategy_file import StrategyFile
from engine.strategy.belief.believing import Belief, believe
from engine.strategy.belief.doubt import Doubt
from engine.strategy.belief.draws import make_draws
from engine.strategy.belief.margin import with_margin
from engine.strategy.exact import solve
from engine.strategy.optimise import Answer, Prepared, answer_of

MARGIN_SEED_AHEAD = 1_000_003
"""The draws that choose the bounds of a margin are not those that count how often they hold."""


class Believed(NamedTuple):
    """The problem as it was solved, its answer, the belief."""

    prepared: Prepared
    answer: Answer
    belief: Belief


def believed(
    prepared: Prepared,
    answer: Answer,
    doubt: Doubt,
    *,
    repetitions: int,
    threads: int,
) -> Believed:
    """The belief in ``answer``, or in the one with ``[optimise.belief] margin``.

    Raises
    ------
    BookError
        Fewer than 2 repetitions; no constraint for a margin, or none that can be held.
    """
    margin, seed = prepared.config.belief.margin, prepared.config.belief.seed
    if repetitions < 2:
        raise BookError(f"bootstrap = {repetitions}: at least 2 draws are needed")
    if margin is None:
        belief = believe(
            prepared, answer.choice, doubt, repetitions=repetitions, seed=seed, threads=threads
        )
        return Believed(prepared, answer, belief)
    if not prepared.config.constraints.bounds():
        raise BookError("optimise.belief.margin: there is no constraint to hold")
    draws = make_draws(prepared, doubt, repetitions=repetitions, seed=seed + MARGIN_SEED_AHEAD)
    config = prepared.config
    first = solve(prepared.problem, tolerance=config.tolerance, seconds=config.seconds)
    held = with_margin(draws, first, margin.probability)
    belief = believe(
        held.prepared,
        held.solution.choice,
        doubt,
        repetitions=repetitions,
        seed=seed,
        threads=threads,
        bounds=held.bounds,
        start=held.solution.start,
    )
    return Believed(held.prepared, answer_of(held.prepared, held.solution), belief)


def with_belief(strategy: StrategyFile, belief: Belief) -> StrategyFile:
    """The strategy's file with the belief in its certificate, whose bounds a margin has moved."""
    certificate = strategy.certificate | {"belief": asdict(belief)}
    return strategy.model_copy(update={"certificate": certificate})
