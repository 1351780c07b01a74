"""All rows of a logistic fit, pass by pass: what is added up over them, in a fixed order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import reduce
from typing import NamedTuple, TypeVar

import numpy as np

from engine.errors import DataError
from engine.fit.scorecard.rows import Part, Vector
from kernels import irls
from kernels.irls import BLOCK, Basis, Block, Moments, Sums

_Found = TypeVar("_Found")
_AHEAD = 2  # blocks of a thread that wait to be added


class Rows(NamedTuple):
    """``parts`` gives the same rows, in the same order, whenever it is called."""

    parts: Callable[[], Iterable[Part]]
    threads: int

    def moments(self) -> Moments:
        """Moments of all columns. Raises DataError where there are no rows."""
        found = self.each(irls.moments)
        first = next(found, None)
        if first is None:
            raise DataError("no rows to fit on", count=0)
        return reduce(irls.joined, found, first)

    def sums(self, basis: Basis, b: Vector) -> Sums:
        """What a step needs, at coefficients ``b`` of the columns of ``basis``."""
        lanes = self.each(lambda block: irls.step_sums(block, basis, b))
        return irls.folded(reduce(irls.added, lanes), basis.mean.size)

    def each(self, work: Callable[[Block], _Found]) -> Iterator[_Found]:
        """``work`` of every block, in order, on ``threads`` threads; few results wait at a time."""
        if self.threads == 1:
            yield from map(work, self._blocks())
            return
        waiting: deque[Future[_Found]] = deque()
        with ThreadPoolExecutor(self.threads) as pool:
            for block in self._blocks():
                waiting.append(pool.submit(work, block))
                if len(waiting) > _AHEAD * self.threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _blocks(self) -> Iterator[Block]:
        """Of ``BLOCK`` rows; a part's last one may have fewer."""
        for X, outcome in self.parts():
            for lo in range(0, len(X), BLOCK):
                pieces = (values[lo : lo + BLOCK] for values in (X, *outcome))
                yield Block(*(np.ascontiguousarray(piece, np.float64) for piece in pieces))
