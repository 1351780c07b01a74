"""What a challenger is: something that is fitted to a training part and scores rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from engine.fit.scorecard.rows import Matrix, Part, Vector


@dataclass(frozen=True)
class Fitted:
    """``score``: (n, p) -> (n,) in [0, 1], higher where the event is likelier.

    ``probability``: whether that is P(event); if not it ranks only, and 0.5 is the method's own
    border. ``features``: how many columns it reads. ``tuned``: what was chosen on validation, and
    how many rows were drawn where there were too many.
    """

    score: Callable[[Matrix], Vector]
    features: int
    tuned: Mapping[str, float | str] = field(default_factory=dict)
    probability: bool = True


class Fit(Protocol):
    """Fits to ``train``, tunes or stops on ``validation``; has no other rows.

    The same rows and seed give the same scores.
    """

    def __call__(self, train: Part, validation: Part, *, seed: int, threads: int) -> Fitted: ...


class Method(NamedTuple):
    """``library``: who does the work. ``module``: which of its modules must be there.

    ``extra``: the optional extra that brings it, None where the product has it anyway.
    ``weights``: how the customers' weights enter.
    """

    fit: Fit
    library: str
    module: str
    extra: str | None
    weights: str
