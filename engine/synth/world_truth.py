"""What is true of every customer of the known world: default, keenness, take-up, profit.

    logit pd(x, r) = risk(x) + ADVERSE (r - REFERENCE_RATE)
    logit take-up  = a(x) + b_segment ln(win(grade, r, l))
    profit         = take-up * l * ((1 - pd) (r - COST) - pd LGD)

An expensive offer is taken by those who expect to need it (adverse selection). Who is risky and in
need is keen as well, and was priced higher: the confounding of the history. The grade, by which
rivals price, is that of the true PD at the reference rate.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from engine.synth.world_market import true_win

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SEGMENTS = ("employed", "self_employed", "student")
FEATURES = ("income", "age", "tenure", "utilisation", "enquiries", "debt", "need", "savings")
SLOPES = np.array([1.0, 0.8, 1.3])
"""b of each segment."""
ADVERSE = 4.0
REFERENCE_RATE = 0.12
LGD = 0.5
FUNDING, OPERATING = 0.03, 0.01
COST = FUNDING + OPERATING
GRADE_BOUNDS = (0.02, 0.045, 0.10)
_SHARE = (0.6, 0.25, 0.15)
_RISK = np.array([-3.25, -2.95, -2.75])
_KEEN = np.array([0.8, 1.0, 1.1])


class People(NamedTuple):
    """``x`` (n, 8): FEATURES in standard deviations; ``segment`` (n,) counts SEGMENTS."""

    x: Floats
    segment: Integers

    def of(self, name: str) -> Floats:
        """One feature."""
        found: Floats = self.x[:, FEATURES.index(name)]
        return found


def draw_people(rng: np.random.Generator, customers: int) -> People:
    """Features are normal; debt goes with utilisation, need with enquiries."""
    segment = rng.choice(len(SEGMENTS), customers, p=_SHARE)
    x = rng.standard_normal((customers, len(FEATURES)))
    for name, other, share in (("debt", "utilisation", 0.5), ("need", "enquiries", 0.4)):
        i, j = FEATURES.index(name), FEATURES.index(other)
        x[:, i] = share * x[:, j] + np.sqrt(1.0 - share**2) * x[:, i]
    return People(x, segment)


def risk(people: People) -> Floats:
    """logit PD at the reference rate: linear but for one interaction, (n,)."""
    of = people.of
    linear = 0.6 * of("utilisation") + 0.45 * of("enquiries") - 0.35 * of("income")
    linear += 0.25 * of("debt") - 0.2 * of("tenure")
    return np.asarray(
        _RISK[people.segment] + linear + 0.3 * of("utilisation") * (of("savings") < 0)
    )


def true_pd(people: People, rate: Floats | float = REFERENCE_RATE) -> Floats:
    """PD of those who take an offer at ``rate``, (n,)."""
    return np.asarray(expit(risk(people) + ADVERSE * (rate - REFERENCE_RATE)))


def true_grade(people: People) -> Integers:
    """0, 1, ... from best to worst, (n,)."""
    return np.searchsorted(np.array(GRADE_BOUNDS), true_pd(people), side="left").astype(np.int64)


def keenness(people: People) -> Floats:
    """a(x): logit take-up of an offer that beats everybody, (n,)."""
    of = people.of
    return np.asarray(
        _KEEN[people.segment]
        + 0.6 * of("need")
        + 0.4 * of("utilisation")
        - 0.3 * of("savings")
        + 0.2 * np.tanh(of("age"))
    )


def true_take_up(
    people: People, rate: Floats, limit: Floats, grade: Integers | None = None
) -> Floats:
    """The probability that each takes its offer, (n,). Limits above 0.

    ``grade``: by which rivals price; the true one, unless another is given.
    """
    priced = true_grade(people) if grade is None else grade
    win = np.maximum(true_win(priced, rate, limit), 1e-300)
    return np.asarray(expit(keenness(people) + SLOPES[people.segment] * np.log(win)))


def true_profit(
    people: People,
    rate: Floats,
    limit: Floats,
    approve: NDArray[np.bool_],
    grade: Integers | None = None,
) -> float:
    """What the offers are expected to bring, in currency; nothing is drawn.

    ``rate`` and ``limit`` (n,) have no meaning where not ``approve``. ``grade``: by which rivals
    price; the true one, unless another is given.
    """
    rate, limit = np.where(approve, rate, REFERENCE_RATE), np.where(approve, limit, 1.0)
    pd = true_pd(people, rate)
    unit = (1.0 - pd) * (rate - COST) - pd * LGD
    lent = np.where(approve, true_take_up(people, rate, limit, grade) * limit, 0.0)
    return float((lent * unit).sum())
