"""Trials by generation: asked together, evaluated in one pass, told together.

Optuna keeps the study in memory. A search that is taken up again asks its sampler for the same
trials as before and tells it what the checkpoint has of them: with the same seed and the same
answers a sampler asks the same, which is compared trial by trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import optuna

from engine.errors import BookError
from engine.strategy.search.checkpoint import Trial, read_checkpoint, write_checkpoint
from engine.strategy.search.plan import Plan
from engine.strategy.search.samplers import distributions, sampler
from engine.strategy.search.space import Space, Told


def run_trials(
    space: Space, plan: Plan, checkpoint: Path | None, *, resume: bool, told: Told
) -> list[Trial]:
    """All trials of a plan, in the order asked.

    Raises
    ------
    BookError, OutputError
        The checkpoint is of another search, or torn, or cannot be written.
    """
    identity = plan.identity(space)
    known = read_checkpoint(checkpoint, identity) if checkpoint and resume else []
    study = _study(space, plan)
    done: list[Trial] = []
    while len(done) < plan.trials:
        size = min(plan.population, plan.trials - len(done))
        asked = [study.ask(distributions(space.axes)) for _ in range(size)]
        points = [tuple(float(t.params[axis.name]) for axis in space.axes) for t in asked]
        kept = known[len(done) : len(done) + size]
        trials = _kept(kept, points) if len(kept) == size else _evaluated(space, points)
        for trial, found in zip(asked, trials, strict=True):
            _tell(study, space, trial, found)
        done += trials
        if checkpoint and len(kept) < size:
            write_checkpoint(checkpoint, identity, done)
        told(len(done), plan.trials, _found(done))
    return done


def _study(space: Space, plan: Plan) -> optuna.Study:
    """In memory; Optuna's own log is silenced: its best trial may break constraints."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=None,
        sampler=sampler(plan.method, population=plan.population, seed=plan.seed),
        pruner=optuna.pruners.NopPruner(),
        direction="maximize",
    )
    for start in space.starts():
        values = zip(space.axes, start.tolist(), strict=True)
        study.enqueue_trial({a.name: int(x) if a.whole else x for a, x in values})
    return study


def _tell(study: optuna.Study, space: Space, trial: optuna.Trial, found: Trial) -> None:
    for name, value in zip(space.constraints, found.violations, strict=True):
        trial.set_constraint(name, value)
    study.tell(trial, found.profit)


def _evaluated(space: Space, points: Sequence[tuple[float, ...]]) -> list[Trial]:
    found = space.evaluate(np.array(points).reshape(len(points), len(space.axes)))
    columns = found.violations.T.tolist()
    return [
        Trial(point, profit, tuple(violations))
        for point, profit, violations in zip(points, found.profit.tolist(), columns, strict=True)
    ]


def _kept(kept: list[Trial], points: Sequence[tuple[float, ...]]) -> list[Trial]:
    if any(trial.point != point for trial, point in zip(kept, points, strict=True)):
        raise BookError(
            "the checkpoint's trials are not those that the sampler asks for; "
            "search without --resume"
        )
    return kept


def _found(done: list[Trial]) -> str:
    holding = [trial.profit for trial in done if max(trial.violations, default=0.0) <= 0.0]
    best = f"best that holds {max(holding):,.2f}" if holding else "none holds all constraints yet"
    return f"{best}, {len(holding):,} hold"
