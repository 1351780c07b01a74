"""Steps uphill: halved where they are too long, and what a climb says of its end."""

from __future__ import annotations

import numpy as np
import pytest

from engine.fit.scorecard.logistic.newton import Hill, climb
from engine.fit.scorecard.rows import Vector
from kernels.irls import Sums


def hill_of(events: float, others: float, penalty: float = 0.0) -> Hill:
    """The intercept alone."""

    def sums(b: Vector) -> Sums:
        z = float(b[0])
        with np.errstate(over="ignore"):
            mu = 1 / (1 + np.exp(-z))
        likelihood = -events * np.logaddexp(0, -z) - others * np.logaddexp(0, z)
        information = (events + others) * mu * (1 - mu)
        gradient = events * (1 - mu) - others * mu
        return Sums(float(likelihood), np.array([gradient]), np.array([[information]]))

    return Hill(sums, np.array([[penalty]]), np.eye(1))


@pytest.mark.parametrize("begin", [-8.0, -3.0, 0.0, 4.0, 12.0])
def test_finds_the_top_from_far_away(begin: float) -> None:
    """A whole step from -8 would lead to a thousand and more."""
    hill = hill_of(300.0, 700.0)
    found = climb(hill, hill.at(np.array([begin])), 1e-10, 50)
    assert found.end == "converged"
    assert found.point.b[0] == pytest.approx(np.log(3 / 7), rel=1e-12)
    assert found.point.gradient[0] == pytest.approx(0.0, abs=1e-9)


def test_no_step_leads_down() -> None:
    hill = hill_of(300.0, 700.0)
    begin = hill.at(np.array([-6.0]))
    heights = [climb(hill, begin, 1e-12, most).point.penalised for most in range(1, 8)]
    assert heights == sorted(heights)
    assert heights[0] > begin.penalised


def test_says_when_steps_were_too_few() -> None:
    hill = hill_of(300.0, 700.0)
    found = climb(hill, hill.at(np.array([0.0])), 1e-10, 2)
    assert (found.end, found.steps) == ("spent", 2)


def test_says_when_there_is_no_top() -> None:
    """Steps of one, for ever; and then no information is left."""
    hill = hill_of(1_000.0, 0.0)
    found = climb(hill, hill.at(np.array([0.0])), 1e-10, 50)
    assert (found.end, found.steps) == ("stalled", 6)
    on = climb(hill, hill.at(np.array([800.0])), 1e-10, 50, stall=False)
    assert (on.end, on.steps) == ("stalled", 0)


def test_a_penalty_makes_a_top() -> None:
    hill = hill_of(1_000.0, 0.0, penalty=2.0)
    found = climb(hill, hill.at(np.array([0.0])), 1e-10, 50)
    assert found.end == "converged"
    b = float(found.point.b[0])
    assert 1_000.0 / (1 + np.exp(b)) == pytest.approx(2.0 * b, rel=1e-10)
    assert found.point.penalised == pytest.approx(found.point.log_likelihood - b**2, rel=1e-12)
