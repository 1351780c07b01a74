"""Days since 1970 as text ``YYYY-MM-DD``, which is how the files hold dates."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_FIRST, _LAST = np.datetime64("1930-01-01"), np.datetime64("2045-12-31")


def day_text(days: NDArray[np.integer], hidden: NDArray[np.bool_] | None = None) -> pa.Array:
    """Strings of ``days`` (since 1970-01-01; 1930 to 2045), null where ``hidden``."""
    index = np.asarray(days, dtype=np.int32) - np.int32(_FIRST.astype(np.int64))
    return _texts().take(pa.array(index, mask=hidden))


@cache
def _texts() -> pa.Array:
    return pa.array(np.arange(_FIRST, _LAST).astype(str))
