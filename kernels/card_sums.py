"""``z`` of a card for a tile of rows: from memory as it lies, or from columns that were copied.

Both add in one order, so a row's ``z`` has the same bits whichever way it was computed. Linear
terms are summed in four lanes: four terms at a time, one per lane, and the last terms, if they are
fewer, in the last lanes; a lane begins at 0. ``z`` is the intercept plus ``(lane 0 + lane 1) +
(lane 2 + lane 3)``, plus one table after the other.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kernels.cards import Linear, Scorecards, Tables
from kernels.lanes import LANES, add_float32, add_float64, prefetch
from kernels.source import Source, load

ROWS = 128
"""Rows of a tile; 1 KiB per column."""

FOUR = 4
"""Steps of a table that are taken in one pass over a tile."""
