"""Linear programming: the plane with the least weighted sum of distances on its wrong side.

With s = +1 for the event and -1 for the others, over b, c and d >= 0::

    minimise  sum w d   where   s (x b - c) + d >= 0   and   (mean of events - mean of others) b = 1

(minimise the sum of deviations: Freed and Glover 1986). The last line excludes the null solution
b = 0 and does not change when columns are shifted or rotated (Glover 1990). Solved is the dual, of
one equation per column instead of one per customer::

    maximise  v   where   sum a s x + v (difference of means) = 0,   sum a s = 0,   0 <= a <= w

whose multipliers are b and c.
"""

from __future__ import annotations

import numpy as np

from engine.errors import DataError
from engine.fit.scorecard.challengers.contract import Fitted
from engine.fit.scorecard.challengers.draw import drawn, standard
from engine.fit.scorecard.rows import Matrix, Part, Vector
from engine.metrics import auc

_MOST_ROWS = 20_000
_CLOSE = 1e-9  # of a standard deviation: means that are no different


def fit(train: Part, validation: Part, *, seed: int, threads: int) -> Fitted:
    """Distances count by the customers' weights, or so that both classes count alike: whichever
    ranks validation better. The seed draws the rows where there are more than 20,000.

    Raises
    ------
    DataError
        The classes have the same means, or HiGHS finds no plane.
    """
    rows = drawn(train, _MOST_ROWS, seed)
    scale = standard(rows)
    X = scale(rows.X)
    event, weight, _ = rows.outcome
    alike = weight / np.where(event == 1.0, weight @ event, weight @ (1.0 - event))
    ways = {"customers": weight / weight.sum(), "classes": alike}
    planes = {way: separating_plane(X, event, cost) for way, cost in ways.items()}
    held, came, held_weight = (
        scale(validation.X),
        validation.outcome.event,
        validation.outcome.weight,
    )
    quality = {way: auc(held @ b, came, held_weight) for way, (b, _) in planes.items()}
    way = max(quality, key=quality.__getitem__)
    b, c = planes[way]
    spread = float(np.std(X @ b)) or 1.0  # so that the ends of the score are not all 0 and 1
    return Fitted(
        lambda X: 1.0 / (1.0 + np.exp((c - scale(X) @ b) / spread)),
        features=int(np.count_nonzero(np.abs(b) > _CLOSE)),
        tuned={"distances count by": way, "rows": len(X)},
        probability=False,
    )


def separating_plane(X: Matrix, event: Vector, weight: Vector) -> tuple[Vector, float]:
    """``b`` (p,) and ``c``: a customer is taken for the event where ``x b > c``.

    ``X`` (n, p), ``event`` 0 or 1, ``weight`` >= 0 with some in each class.

    Raises
    ------
    DataError
        The classes have the same means, or HiGHS finds no plane.
    """
    from scipy.optimize import linprog

    events, others = weight * event, weight * (1.0 - event)
    difference = events @ X / events.sum() - others @ X / others.sum()
    if np.abs(difference).max() < _CLOSE:
        raise DataError("the means of events and others are the same", count=len(X))
    sign = np.where(event == 1.0, 1.0, -1.0)
    equations = np.vstack(
        [np.append((X.T * sign), difference[:, None], axis=1), np.append(sign, 0)]
    )
    # weights near 1, against which HiGHS' tolerance of 1e-7 is small: with weights that summed to 1
    # it did not end within minutes on 3,910 customers and 138 columns of the demo book
    most = weight / weight.mean()
    bounds = np.column_stack([np.zeros(len(X) + 1), np.append(most, np.inf)])
    bounds[-1, 0] = -np.inf
    cost = np.append(np.zeros(len(X)), -1.0)
    found = linprog(
        cost, A_eq=equations, b_eq=np.zeros(len(equations)), bounds=bounds, method="highs-ds"
    )
    if found.status != 0:
        raise DataError(f"HiGHS finds no separating plane: {found.message}", count=len(X))
    multipliers = np.asarray(found.eqlin.marginals)
    return -multipliers[:-1], float(multipliers[-1])
