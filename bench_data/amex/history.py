"""When a customer's statements were made, and how its risk moved along them.

Numbers of statements are drawn from those of the training file. Every customer has a statement in
the last month and at most one a month. Most with fewer than 13 came later; the others have gaps
(assumed shares).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench_data.amex.blocks import BLOCK, TRAIN, Block, Split
from bench_data.amex.columns import CUSTOMERS_BY_STATEMENTS
from bench_data.amex.population import Population, draw_population

MONTHS = 13

_WITH_GAPS = 0.2
_CLIMB = 1.5
"""Of the risk in a year, per unit of trend."""
_MEMORY = 0.6
"""Of the monthly unrest."""


class History(NamedTuple):
    """The statements of a block by customer and date.

    ``customer`` (n,): index into the block. ``date`` (n,). ``risk`` (n,) float32, of mean 0 and
    standard deviation 1, about. ``first_row`` (BLOCK + 1,): where a customer's statements begin.
    """

    customer: NDArray[np.int32]
    date: NDArray[np.datetime64]
    risk: NDArray[np.float32]
    first_row: NDArray[np.int64]


def draw_history(block: Block, population: Population) -> History:
    """The statements of all customers of the block."""
    present = _present_months(block.generator("statements"))
    customer, month = np.nonzero(present)
    path = _path(block.generator("path"), population)
    mean, deviation = _scale()
    first_row = np.concatenate([[0], np.cumsum(present.sum(axis=1))])
    date = _dates(block.generator("dates"), block.split, customer, month)
    risk = (path[customer, month] - mean) / deviation
    return History(customer.astype(np.int32), date, risk, first_row)


def _present_months(generator: np.random.Generator) -> NDArray[np.bool_]:
    """(BLOCK, MONTHS): which months have a statement."""
    shares = np.array(CUSTOMERS_BY_STATEMENTS) / sum(CUSTOMERS_BY_STATEMENTS)
    count = 1 + generator.choice(MONTHS, size=BLOCK, p=shares)
    age = np.broadcast_to(np.arange(MONTHS, 0, -1) / MONTHS, (BLOCK, MONTHS))
    gaps = generator.random(BLOCK) < _WITH_GAPS
    turn = np.where(gaps[:, None], generator.random((BLOCK, MONTHS)), age)
    turn[:, -1] = 0
    present: NDArray[np.bool_] = turn.argsort(axis=1).argsort(axis=1) < count[:, None]
    return present


def _dates(
    generator: np.random.Generator,
    split: Split,
    customer: NDArray[np.intp],
    month: NDArray[np.intp],
) -> NDArray[np.datetime64]:
    """Around a day of the month of the customer's own, within the month."""
    ends = np.array(split.ends, "datetime64[M]")[generator.integers(len(split.ends), size=BLOCK)]
    usual = generator.integers(1, 29, size=BLOCK)[customer]
    day = np.rint(usual + 3 * generator.standard_normal(len(customer), dtype=np.float32))
    first: NDArray[np.datetime64] = (ends[customer] + (month - (MONTHS - 1))).astype("M8[D]")
    last = (ends[customer] + (month - (MONTHS - 2))).astype("M8[D]") - 1
    date: NDArray[np.datetime64] = first + (np.maximum(day, 1) - 1).astype("m8[D]")
    np.minimum(date, last, out=date)
    return date


def _path(generator: np.random.Generator, population: Population) -> NDArray[np.float32]:
    """(BLOCK, MONTHS): the level of the last month, the climb that led there, and unrest."""
    unrest = generator.standard_normal((BLOCK, MONTHS), dtype=np.float32)
    for month in range(1, MONTHS):
        unrest[:, month] *= np.float32(np.sqrt(1 - _MEMORY**2))
        unrest[:, month] += np.float32(_MEMORY) * unrest[:, month - 1]
    unrest *= np.float32(0.5) * np.exp(np.float32(0.5) * population.unrest)[:, None]
    before = np.arange(1 - MONTHS, 1, dtype=np.float32) / np.float32(MONTHS - 1)
    climb = np.float32(_CLIMB) * population.trend[:, None] * before
    return population.level[:, None] + climb + unrest


@cache
def _scale() -> tuple[np.float32, np.float32]:
    """Mean and standard deviation of the path: of one block, the same for all blocks and seeds."""
    block = Block(0, TRAIN, 0, BLOCK)
    path = _path(block.generator("path"), draw_population(block))
    return np.float32(path.mean(dtype=np.float64)), np.float32(path.std(dtype=np.float64))
