"""What a unit of limit earns and loses, a block of rows at a time: see ``kernels.generation``.

The formulas are those of ``kernels.native.economics``, in loops of few arrays, which LLVM does on
eight rows at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.economics import Economics
from kernels.native import part
from kernels.native.economics import cashflow_amounts, hazard_of, month_weights
from kernels.native.sigmoid import sigmoid

Vector = NDArray[np.float64]


@part
def shifted_pds(
    e: Economics, log_odds: Vector, rate: Vector, limit: Vector, log_limit: Vector, out: Vector
) -> None:
    """Block: the PD of those who take this offer."""
    alpha, beta, at, reference = e.alpha, e.beta, e.reference_rate, e.log_reference_limit
    for i in range(log_odds.size):
        known = log_limit[i] if limit[i] > 0.0 else reference
        out[i] = sigmoid(log_odds[i] + (alpha * (rate[i] - at) + beta * (known - reference)))


@part
def hazards_of(e: Economics, pd: Vector, known: Vector, moved: bool, out: Vector) -> None:
    """Block: monthly probabilities of default."""
    if not moved:
        for i in range(pd.size):
            out[i] = known[i]
        return
    for i in range(pd.size):
        out[i] = hazard_of(e, pd[i])


@part
def months_of_one(
    e: Economics, rate: float, hazard: Vector, months: Vector, stay: Vector, out: Vector
) -> None:
    """Block: discounted months at one rate, by Horner's scheme."""
    month_weights(e, rate, months)
    remaining = e.remaining
    for i in range(hazard.size):
        stay[i] = (1.0 - hazard[i]) * remaining
        out[i] = 0.0
    for t in range(e.term - 1, -1, -1):
        _horner(stay[: hazard.size], months[t], out)


@part
def _horner(stay: Vector, weight: float, out: Vector) -> None:
    for i in range(stay.size):
        out[i] = out[i] * stay[i] + weight


@part
def months_of_each(
    e: Economics,
    rate: Vector,
    hazard: Vector,
    payment: Vector,
    weight: Vector,
    balance: Vector,
    out: Vector,
) -> None:
    """Block: discounted months, each row at its own rate."""
    _payments(e, rate, balance, payment)
    discount, remaining = e.discount, e.remaining
    for i in range(rate.size):
        out[i], weight[i], balance[i] = 0.0, discount, 1.0
    for _ in range(e.term):
        for i in range(rate.size):
            out[i] += weight[i] * balance[i]
        for i in range(rate.size):
            weight[i] *= discount * ((1.0 - hazard[i]) * remaining)
        for i in range(rate.size):
            balance[i] = balance[i] * (1.0 + rate[i] / 12.0) - payment[i]


@part
def _payments(e: Economics, rate: Vector, grown: Vector, out: Vector) -> None:
    """Block: what is paid a month per unit lent.

    ``grown`` becomes ``(1 + monthly)^term - 1`` by squaring and multiplying. Kept without the 1, it
    is a sum of terms of one sign for rates above 0: nothing cancels however low the rate is.
    """
    n, term = rate.size, e.term
    if not e.annuity:
        for i in range(n):
            out[i] = rate[i] / 12.0
        return
    for i in range(n):
        grown[i] = 0.0
    for bit in range(62, -1, -1):
        if term >> bit:
            for i in range(n):
                grown[i] = grown[i] * (2.0 + grown[i])
            if (term >> bit) & 1:
                for i in range(n):
                    grown[i] += rate[i] / 12.0 * (1.0 + grown[i])
    for i in range(n):
        annuity = rate[i] / 12.0 * (1.0 + grown[i]) / grown[i]
        out[i] = annuity if grown[i] > 0.0 else 1.0 / term


@part
def amounts(e: Economics, rate: Vector, hazard: Vector, profit: Vector, loss: Vector) -> None:
    """Block: profit and loss of a unit; ``profit`` comes as discounted months."""
    for i in range(rate.size):
        profit[i], loss[i] = cashflow_amounts(e, hazard[i], profit[i], rate[i])
