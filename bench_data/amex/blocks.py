"""Blocks of customers, their streams of random numbers and their keys.

Every block is drawn whole and cut afterwards, each (seed, split, block, stream) from a generator of
its own: blocks can be drawn in any order by any number of threads, and a smaller book is the
beginning of a larger one.

Keys are 64 hexadecimal digits, the first four of which are the block's number, so that the keys of
a file ascend without being held. Those of the test files begin at 8000: no customer is in both
splits. Real keys are spread over the whole range; these are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

BLOCK = 6_000
"""Customers of a block: about 72,000 statements, of which a column fits into a core's cache."""
MOST_CUSTOMERS = 0x8000 * BLOCK

_OWN_DIGITS = 60


class Split(NamedTuple):
    """``train`` or ``test``; a customer's last statement is in one of the months ``ends``."""

    name: str
    first_number: int
    ends: tuple[str, ...]


TRAIN = Split("train", 0, ("2018-03",))
TEST = Split("test", 0x8000, ("2019-04", "2019-10"))


class Block(NamedTuple):
    """Block ``number`` of a split, the first ``customers`` of which are kept."""

    seed: int
    split: Split
    number: int
    customers: int

    def generator(self, stream: str) -> np.random.Generator:
        """Stream of that name. SFC64 is NumPy's fastest."""
        words = [self.seed, self.split.first_number + self.number, *stream.encode()]
        return np.random.Generator(np.random.SFC64(words))

    def keys(self) -> pa.StringArray:
        """``BLOCK`` ascending keys."""
        digits = self.generator("keys").bytes(BLOCK * _OWN_DIGITS // 2).hex()
        own = sorted(digits[at : at + _OWN_DIGITS] for at in range(0, len(digits), _OWN_DIGITS))
        prefix = f"{self.split.first_number + self.number:04x}"
        return pa.array([prefix + key for key in own])


def blocks(split: Split, customers: int, seed: int) -> Iterator[Block]:
    """The blocks of so many customers; the last one may keep fewer."""
    for number, first in enumerate(range(0, customers, BLOCK)):
        yield Block(seed, split, number, min(BLOCK, customers - first))
