"""Numbers that JSON cannot hold become null."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def finite(found: Any) -> Any:
    """``found`` with None for every NaN and infinity in it, and lists for tuples.

    Perfect separation gives an infinite F and odds ratios that no float64 holds; a challenger's
    library may answer anything.
    """
    if isinstance(found, Mapping):
        return {name: finite(value) for name, value in found.items()}
    if isinstance(found, list | tuple):
        return [finite(value) for value in found]
    if isinstance(found, float) and not math.isfinite(found):
        return None
    return found
