"""Where values are missing.

Columns with the same number of nulls in the training file are null together: no other reason is
likely for counts that agree to the statement, as those of D_134 to D_138. Invented: three quarters
of a column's nulls are of customers who never have a value, rather the less risky ones; the rest
are single statements.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bench_data.amex.blocks import BLOCK, Block
from bench_data.amex.columns import TRAIN_STATEMENTS
from bench_data.amex.history import History

_OF_CUSTOMERS = 0.75
_RISK = 0.5


class Validity:
    """The Arrow bitmaps of a block, one per number of nulls, made when first asked for."""

    def __init__(self, block: Block, history: History) -> None:
        self._block = block
        self._history = history
        self._average_risk = _standardised_average(history)
        self._bitmaps: dict[int, pa.Buffer] = {}

    def bitmap(self, nulls: int) -> pa.Buffer | None:
        """Bits of the statements that have a value; None where all have."""
        if nulls == 0:
            return None
        if nulls not in self._bitmaps:
            valid = self._draw(nulls)
            self._bitmaps[nulls] = pa.py_buffer(np.packbits(valid, bitorder="little"))
        return self._bitmaps[nulls]

    def _draw(self, nulls: int) -> NDArray[np.bool_]:
        generator = self._block.generator(f"nulls {nulls}")
        rate = nulls / TRAIN_STATEMENTS
        never = _OF_CUSTOMERS * rate
        luck = generator.standard_normal(BLOCK, dtype=np.float32)
        luck *= np.float32(np.sqrt(1 - _RISK**2))
        luck += np.float32(_RISK) * self._average_risk
        ever = luck > np.float32(NormalDist().inv_cdf(never))
        single = np.float32((rate - never) / (1 - never))
        statements = generator.random(len(self._history.customer), dtype=np.float32)
        return ever[self._history.customer] & (statements >= single)


def _standardised_average(history: History) -> NDArray[np.float32]:
    """(BLOCK,) each customer's mean risk, scaled to mean 0 and standard deviation 1."""
    first, last = history.first_row[:-1], history.first_row[1:]
    average = np.add.reduceat(history.risk, first) / (last - first)
    average -= average.mean()
    average /= average.std()
    return np.asarray(average, np.float32)
