"""What can be done to sums of leaves: the terms in which a reader of model files says it.

NumPy only: readers run in a process of their own, which should wait for nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TRANSFORMS = range(10)
(
    IDENTITY,
    SIGMOID,
    EXP,
    SIGNED_SQUARE,
    SOFTMAX,
    LOG1P_EXP,
    HINGE,
    EXP2_RATIO,
    CLAMPED_SIGMOID,
    MIXED_SOFTMAX,
) = TRANSFORMS
"""What turns sums of leaves into predictions.

``SIGMOID``: ``1 / (1 + exp(-sigmoid x))``. ``EXP``, ``LOG1P_EXP``: ``exp(x)``,
``ln(1 + exp(x))``. ``SIGNED_SQUARE``: ``sign(x) x^2``. ``HINGE``: 1 above 0, else 0.
``EXP2_RATIO``: ``2^(-x / ratio)``, treelite's isolation forest. ``CLAMPED_SIGMOID``: XGBoost's,
which is never below 3e-39. ``SOFTMAX``: ``exp(x) / sum(exp(x))`` of a row. ``MIXED_SOFTMAX``: the
same of a float64 model as treelite does it: in single precision here and there.
"""

NOTHING = -0.0
"""What may be added without a trace: 0.0 would turn -0.0 into 0.0."""


class Output(NamedTuple):
    """How sums of leaves become predictions.

    A sum starts at ``start`` (float64 ``(classes,)``) and takes the trees in order; it is divided
    by ``divisor`` (the number of iterations of a random forest, else 1), ``base`` (float64
    ``(classes,)``, ``NOTHING`` if there is none) is added in float64, and ``transform``, one of the
    constants above, is applied; ``sigmoid`` is the slope of ``SIGMOID``, ``ratio`` the divisor of
    ``EXP2_RATIO``. ``single``: all but adding ``base`` is done in float32; ``start`` and the sums
    are float32 values. XGBoost starts at its base score, treelite adds it at the end.
    """

    start: NDArray[np.float64]
    base: NDArray[np.float64]
    divisor: int = 1
    transform: int = IDENTITY
    sigmoid: float = 1.0
    ratio: float = 1.0
    single: bool = False


def plain_sums(classes: int) -> Output:
    """The sums themselves, from 0; make other outputs of it by ``_replace``."""
    return Output(np.zeros(classes), np.full(classes, NOTHING))
