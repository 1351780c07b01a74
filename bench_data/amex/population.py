"""Who is in the files: a population with latent risk, its defaults, and the sample of it.

Invented. Each customer has a level of risk today, a trend over the year that led there, and an
unrest of the months between; all three make default more likely, and only the level shows in the
last statement. As in the competition, every customer who defaulted is kept and one in twenty of the
others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench_data.amex.blocks import BLOCK, Block

KEPT_OF_GOOD = 0.05

_LEVEL, _TREND, _UNREST = 2.2, 1.8, 0.6
_INTERCEPT = -7.276
"""Makes 1.72 % of the population default, hence 25.9 % of the sample (bisection, 4 m draws)."""
_CANDIDATES = 18 * BLOCK
"""Of one draw; 6.6 % are kept, so one draw mostly fills a block."""


class Population(NamedTuple):
    """``BLOCK`` customers: three standard normal traits before sampling, and ``target`` (int8)."""

    level: NDArray[np.float32]
    trend: NDArray[np.float32]
    unrest: NDArray[np.float32]
    target: NDArray[np.int8]


def draw_population(block: Block) -> Population:
    """The customers of a block in the order of its keys."""
    generator = block.generator("population")
    parts: list[Population] = []
    while sum(len(part.target) for part in parts) < BLOCK:
        parts.append(_draw_sample(generator))
    level, trend, unrest, target = (
        np.concatenate(trait)[:BLOCK] for trait in zip(*parts, strict=True)
    )
    return Population(level, trend, unrest, target)


def _draw_sample(generator: np.random.Generator) -> Population:
    traits = generator.standard_normal((3, _CANDIDATES), dtype=np.float32)
    level, trend, unrest = traits
    score = _INTERCEPT + _LEVEL * level + _TREND * trend + _UNREST * unrest
    bad = generator.random(_CANDIDATES) < 1 / (1 + np.exp(-score))
    kept = bad | (generator.random(_CANDIDATES) < KEPT_OF_GOOD)
    return Population(level[kept], trend[kept], unrest[kept], bad[kept].astype(np.int8))
