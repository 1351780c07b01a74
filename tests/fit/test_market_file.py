"""The market file: what is refused, which table serves whom, how it is read between knots."""

from __future__ import annotations

import copy
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_cases import fitted, gapped_offers, offers_config

from engine.errors import ModelError
from engine.market_file import Cliff, Support, read_market, win

CONTENT = {
    "kind": "market",
    "rates": {"lo": 0.05, "step": 0.05, "n": 3},
    "log_limits": {"lo": 8.0, "step": 1.0, "n": 2},
    "tables": [
        {"segment": "*", "grade": "A", "win": [[0.8, 1], [0.5, 0.9], [0.0, 0.4]]},
        {"segment": "*", "grade": "B", "win": [[1.0, 1.0], [0.5, 0.5], [0.5, 0.5]]},
        {"segment": "student", "grade": "A", "win": [[0.8, 0.8], [0.5, 0.5], [0.0, 0.0]]},
    ],
    "support": {
        "A": {"rate": [0.06, 0.14], "limit": [3000.0, 8000.0]},
        "B": {"rate": [0.05, 0.09], "limit": [3000.0, 8000.0]},
    },
    "cliffs": [
        {
            "grade": "B",
            "from": 0.1,
            "to": 0.15,
            "sector_below": "bank",
            "sector_above": "card",
            "mass": 0.001,
        }
    ],
}


def changed(*path, to):
    content = copy.deepcopy(CONTENT)
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return content


def without(*path):
    content = copy.deepcopy(CONTENT)
    place = content
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return content


def test_what_is_read():
    market = read_market(CONTENT)
    assert market.tables.shape == (3, 3, 2)
    assert market.tables.dtype == np.float64
    assert market.keys == (("*", "A"), ("*", "B"), ("student", "A"))
    assert market.grades == ("A", "B")
    assert market.cliffs == (Cliff("B", 0.1, 0.15, "bank", "card", 0.001),)
    assert market.support["A"] == Support(0.06, 0.14, 3000.0, 8000.0)


def test_a_fitted_market_survives_the_disk():
    content, market = fitted(gapped_offers(), offers_config())
    again = read_market(json.loads(json.dumps(content)))
    assert again.tables.tobytes() == market.tables.tobytes()
    assert again.cliffs == market.cliffs
    assert again.support == market.support


def test_tables_by_segment_and_grade():
    market = read_market(CONTENT, file="models/m.json")
    assert market.table_of("student", "A") == 2
    assert market.table_of("student", "B") == 1
    assert market.table_of("salaried", "A") == 0
    with pytest.raises(ModelError, match=r"market file models/m.json: there is no grade 'C', only"):
        market.table_of("student", "C")
    only_students = read_market(changed("tables", to=CONTENT["tables"][1:]))
    with pytest.raises(ModelError, match="grade 'A' has no table for segment 'retired' or '\\*'"):
        only_students.table_of("retired", "A")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({}, "its kind is None, not 'market'"),
        (changed("kind", to="take_up"), "its kind is 'take_up'"),
        (without("rates"), "the key 'rates' is missing"),
        (without("tables", 0, "grade"), "the key 'grade' is missing"),
        (changed("rates", "step", to=0.0), "rates needs a step above 0"),
        (changed("rates", "step", to=math.nan), "nan is not a finite number"),
        (changed("rates", "lo", to="0.05"), "'0.05' is not a finite number"),
        (changed("log_limits", "n", to=1), "log_limits needs .* at least 2 knots"),
        (changed("log_limits", "n", to=2.0), "a whole number n"),
        (changed("tables", to=[]), "at least one"),
        (changed("tables", 2, "segment", to="*"), "one table per segment and grade"),
        (changed("tables", 0, "segment", to=7), "7 is not a name"),
        (changed("tables", to=7), "of the wrong kind"),
        (
            changed("rates", "n", to=4),
            r"grade 'A' must be numbers \(4, 2\), found float64 \(3, 2\)",
        ),
        (changed("tables", 1, "win", 1, to=[0.5]), "grade 'B' has rows of different lengths"),
        (changed("tables", 1, "win", 1, to=["1", "1"]), "grade 'B' must be numbers"),
        (changed("tables", 1, "win", 1, to=[None, 0.5]), "grade 'B' must be numbers"),
        (changed("tables", 0, "win", 1, to=[0.5, math.nan]), "1 values of .* are not in 0..1"),
        (changed("tables", 0, "win", 0, to=[0.8, 1.01]), "1 values of .* are not in 0..1"),
        (changed("tables", 0, "win", 2, to=[-0.1, 0.4]), "1 values of .* are not in 0..1"),
        (changed("tables", 0, "win", 2, to=[0.6, 0.95]), "2 values of .* rise with the rate"),
        (changed("tables", 0, "win", 1, to=[0.75, 0.7]), "1 values of .* fall with the limit"),
        (without("support", "B"), "support has no entry for grade 'B'"),
        (changed("support", "A", "rate", to=[0.1]), "of the wrong kind"),
        (changed("cliffs", 0, "to", to=0.1), "a cliff goes from 0.1 to 0.1"),
        (changed("cliffs", 0, "mass", to=True), "True is not a finite number"),
    ],
)
def test_what_does_not_fit_is_refused(content, says):
    with pytest.raises(ModelError, match=f"^market file m.json: .*{says}"):
        read_market(content, file="m.json")


def test_between_and_beyond_the_knots():
    market = read_market(CONTENT)
    rate = np.array([0.05, 0.075, 0.10, 0.125, -1.0, 9.0])
    limit = np.exp(np.array([8.0, 8.5, 9.0, 8.25, 8.0, 9.0]))
    assert win(market, 0, rate, limit) == pytest.approx(
        [0.8, (0.8 + 1 + 0.5 + 0.9) / 4, 0.9, 0.75 * 0.25 + 0.25 * 0.65, 0.8, 0.4]
    )
    assert win(market, np.array([0, 1, 2]), np.full(3, 0.1), np.full(3, 1e9)) == pytest.approx(
        [0.9, 0.5, 0.5]
    )
    assert win(market, 0, np.full(3, 0.05), np.array([0.0, -3.0, np.inf])).tolist() == [0.8, 0.8, 1]
    unknown = win(market, 0, np.array([np.nan, 0.1]), np.array([5e3, np.nan]))
    assert np.isnan(unknown).all()


def test_flat_stays_flat_to_the_bit_between_knots():
    market = read_market(changed("tables", 1, "win", to=[[0.7, 0.7]] * 3))
    rng = np.random.default_rng(2)
    rate, limit = rng.uniform(0.0, 0.2, 500), np.exp(rng.uniform(7.0, 10.0, 500))
    assert set(win(market, 1, rate, limit).tolist()) == {0.7}


@given(st.floats(-0.03, 0.03), st.lists(st.floats(-0.1, 0.3), min_size=1), st.floats(1.0, 1e6))
def test_rivals_who_all_move(points, rates, limit):
    market = read_market(CONTENT)
    rate = np.array(rates)
    moved = market.shifted(points)
    np.testing.assert_allclose(
        win(moved, 0, rate, np.full(rate.shape, limit)),
        win(market, 0, rate - points, np.full(rate.shape, limit)),
        rtol=0,
        atol=1e-12,
    )
    assert moved.cliffs[0].start == 0.1 + points
    assert moved.support["A"].rate_hi == 0.14 + points
    assert moved.support["A"].limit_hi == 8000.0
    assert market.rate_lo == 0.05
