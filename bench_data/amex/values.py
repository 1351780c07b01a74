"""The values of a column: a standard normal factor per statement, brought into the column's kind.

Invented. The factor is made of the customer's risk at that statement, a trait of the customer that
all columns of a prefix share, one of the column's own, and noise. How much of each is the column's,
the same for every seed, so that a model fitted on one book fits another.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench_data.amex.blocks import BLOCK, Block
from bench_data.amex.columns import Column, codes_of
from bench_data.amex.history import History

Floats = NDArray[np.float32]

_NOISE_LOW, _NOISE_WIDTH = np.float32(1e-6), np.float32(0.009998)
"""The competition's noise is uniform in [0, 0.01). Kept 1e-6 from both ends: float32 is no finer at
a few units, and 0.7 + 0 would round to below 0.7."""

_LOADINGS_SEED = 188
_SHARED, _OWN = 0.35, 0.5


class Loadings(NamedTuple):
    """Weights of risk, shared trait, own trait and noise (squares add up to 1), and the shape.

    ``rest``: share of a ``floored`` or ``steps`` column at rest. ``location`` and ``spread``: of
    ``bell`` and ``skewed``.
    """

    risk: np.float32
    shared: np.float32
    own: np.float32
    noise: np.float32
    rest: float
    location: np.float32
    spread: np.float32


@cache
def loadings(column: Column) -> Loadings:
    """Drawn once per column name."""
    generator = np.random.default_rng([_LOADINGS_SEED, *column.name.encode()])
    risk = 0.1 + 0.6 * generator.random() ** 2
    sign = -1 if column.name.startswith("P_") or generator.random() < 0.3 else 1
    noise = np.sqrt(1 - risk**2 - _SHARED**2 - _OWN**2)
    rest, location, spread = generator.uniform((0.3, 0.1, 0.1), (0.95, 0.8, 0.3))
    return Loadings(
        risk=np.float32(sign * risk),
        shared=np.float32(_SHARED),
        own=np.float32(_OWN),
        noise=np.float32(noise),
        rest=float(rest),
        location=np.float32(location),
        spread=np.float32(spread),
    )


def shared_traits(block: Block) -> dict[str, Floats]:
    """(BLOCK,) of each prefix."""
    return {
        prefix: block.generator(f"trait {prefix}").standard_normal(BLOCK, dtype=np.float32)
        for prefix in "BDPRS"
    }


def draw_values(
    block: Block, column: Column, history: History, traits: dict[str, Floats]
) -> Floats | NDArray[np.intp]:
    """(n,) float32 values; for ``codes`` the positions of the codes. Nulls are not made here."""
    generator = block.generator(column.name)
    factor = _factor(generator, column, history, traits[column.name[0]])
    return _SHAPES[column.kind](generator, column, factor)


def _factor(
    generator: np.random.Generator, column: Column, history: History, trait: Floats
) -> Floats:
    weight = loadings(column)
    steady = generator.standard_normal(BLOCK, dtype=np.float32)
    steady *= weight.own
    steady += weight.shared * trait
    factor = generator.standard_normal(len(history.risk), dtype=np.float32)
    factor *= weight.noise
    factor += weight.risk * history.risk
    factor += steady[history.customer]
    return factor


def _bell(_: np.random.Generator, column: Column, factor: Floats) -> Floats:
    factor *= loadings(column).spread
    factor += loadings(column).location
    return factor


def _skewed(_: np.random.Generator, column: Column, factor: Floats) -> Floats:
    factor *= np.float32(3) * loadings(column).spread
    factor -= np.float32(2)
    return np.exp(factor, out=factor)


def _floored(generator: np.random.Generator, column: Column, factor: Floats) -> Floats:
    factor -= _quantile(loadings(column).rest)
    factor *= np.float32(0.5)
    return np.maximum(factor, 0, out=factor) + _noise(generator, len(factor))


def _steps(generator: np.random.Generator, column: Column, factor: Floats) -> Floats:
    """The whole number ascends from rest to the highest step in three standard deviations."""
    factor -= _quantile(loadings(column).rest)
    factor *= np.float32(column.steps / 3)
    np.ceil(factor, out=factor)
    np.clip(factor, column.lowest, column.steps, out=factor)
    factor /= np.float32(column.steps)
    factor += _noise(generator, len(factor))
    return factor


def _codes(_: np.random.Generator, column: Column, factor: Floats) -> NDArray[np.intp]:
    rows = np.array([code.rows for code in codes_of()[column.name]])
    below = np.cumsum(rows)[:-1] / rows.sum()
    return np.searchsorted(np.array([_quantile(share) for share in below]), factor)


def _noise(generator: np.random.Generator, count: int) -> Floats:
    noise = generator.random(count, dtype=np.float32)
    noise *= _NOISE_WIDTH
    noise += _NOISE_LOW
    return noise


@cache
def _quantile(share: float) -> np.float32:
    return np.float32(NormalDist().inv_cdf(share))


_SHAPES: dict[str, Callable[[np.random.Generator, Column, Floats], Floats | NDArray[np.intp]]] = {
    "bell": _bell,
    "skewed": _skewed,
    "floored": _floored,
    "steps": _steps,
    "codes": _codes,
}
