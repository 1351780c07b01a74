"""Scorecard and Platt kernels and their readable twins."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from card_cases import LAYOUTS, laid_out, neighbours, scorecards, values
from column_cases import apart
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernels import reference
from kernels.cards import Linear, Scorecards, Tables, together
from kernels.logistic import platt, scorecard_scores

COLUMNS = 9
SIZES = (0, 1, 3, 4, 5, 63, 64, 65, 127, 128, 131, 200)


def scored(
    cards: Scorecards, X: NDArray[Any], columns: NDArray[Any], raw: bool, block: int = 1_000
) -> NDArray[np.float64]:
    """A block of rows at a time."""
    out = np.full((len(X), cards.intercept.size), 7.0)
    for lo in range(0, len(X), block):
        scorecard_scores(cards, X[lo : lo + block], columns, raw, out[lo : lo + block])
    return out


@settings(max_examples=300)
@given(
    cards=scorecards(COLUMNS) | neighbours(COLUMNS),
    columns=st.permutations(range(COLUMNS)) | st.just(list(range(COLUMNS))),
    extra=st.integers(0, 3),
    rows=st.sampled_from(SIZES),
    dtype=st.sampled_from([np.float32, np.float64]),
    layout=st.sampled_from(LAYOUTS),
    block=st.sampled_from([13, 64, 1_000]),
)
def test_scorecards_equal_their_twin(
    cards: Scorecards,
    columns: list[int],
    extra: int,
    rows: int,
    dtype: type,
    layout: str,
    block: int,
) -> None:
    at = np.array(columns, np.uint32)
    rng = np.random.default_rng(rows)
    X = laid_out(values(rng, (rows, COLUMNS + extra), dtype), layout)
    z = reference.scorecard_scores(cards, X, at, raw=True)
    np.testing.assert_array_equal(scored(cards, X, at, True, block), z)
    out = np.full((rows, cards.intercept.size), 7.0)
    scorecard_scores(cards, apart(X), at, True, out)
    np.testing.assert_array_equal(out, z)
    p = reference.scorecard_scores(cards, X, at, raw=False)
    np.testing.assert_allclose(scored(cards, X, at, False, block), p, rtol=2e-15, atol=5e-324)


def same_bits(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return one.tobytes() == other.tobytes()


@settings(max_examples=100)
@given(
    cards=scorecards(COLUMNS) | neighbours(COLUMNS),
    rows=st.integers(0, 300),
    layout=st.sampled_from(LAYOUTS),
    block=st.integers(1, 150),
)
def test_a_row_does_not_depend_on_where_it_stands(
    cards: Scorecards, rows: int, layout: str, block: int
) -> None:
    at = np.arange(COLUMNS, dtype=np.uint32)
    X = values(np.random.default_rng(rows), (rows, COLUMNS), np.float32)
    whole = scored(cards, X, at, False)
    assert same_bits(scored(cards, laid_out(X, layout), at, False, block), whole)
    assert same_bits(scored(cards, X.astype(np.float64), at, False), whole)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("terms", [3, 4, 5, 7, 8])
def test_any_number_of_rows(dtype: type, terms: int) -> None:
    """Tiles and squares that are not full, where rows are read as they lie and where not."""
    rng = np.random.default_rng(0)
    card = linear(*(rng.normal(size=terms).tolist() for _ in range(3)), 0.5)
    X = values(rng, (300, terms), dtype)
    at = np.arange(terms, dtype=np.uint32)
    expected = reference.scorecard_scores(card, X, at, raw=True)
    for rows in range(len(X)):
        np.testing.assert_array_equal(scored(card, X[:rows], at, True), expected[:rows])


@settings(max_examples=100)
@given(
    one=scorecards(COLUMNS),
    other=scorecards(4),
    place=st.permutations(range(COLUMNS + 2)),
)
def test_cards_together_score_as_each_alone(
    one: Scorecards, other: Scorecards, place: list[int]
) -> None:
    """``place``: what the columns of each set are among those of all."""
    of_one, of_other = np.array(place[:COLUMNS], np.uint32), np.array(place[-4:], np.uint32)
    X = values(np.random.default_rng(1), (150, COLUMNS + 2), np.float64)
    both = together([one, other], [of_one, of_other])
    at = np.arange(COLUMNS + 2, dtype=np.uint32)
    alone = [scored(one, X, of_one, False), scored(other, X, of_other, False)]
    assert same_bits(scored(both, X, at, False), np.hstack(alone))


def linear(
    scale: list[float], centre: list[float], missing: list[float], intercept: float
) -> Scorecards:
    none, no_steps = np.empty(0), np.zeros(1, np.int64)
    columns = np.arange(len(scale), dtype=np.uint32)
    terms = (np.array(numbers, np.float64) for numbers in (scale, centre, missing))
    return Scorecards(
        np.array([intercept]),
        Linear(np.array([0, len(scale)]), columns, *terms),
        Tables(np.zeros(2, np.int64), columns[:0], none, none, no_steps, none, none),
    )


def test_a_mean_far_from_zero_costs_no_digits() -> None:
    """With the mean folded into the intercept, this was off by 1e-5."""
    card = linear([1e3], [1.6e9], [0.0], 0.25)
    X = 1.6e9 + np.array([[0.0], [1e-3], [-2e-3]])
    z = [0.25 + 1e3 * (x - 1.6e9) for x in X[:, 0]]
    assert scored(card, X, np.array([0], np.uint32), True)[:, 0].tolist() == z


def test_there_is_one_nan() -> None:
    """On x86 the sum of inf and -inf is a NaN with a sign, which published bytes would show."""
    card = linear([1.0, 1.0], [0.0, 0.0], [math.nan, math.nan], 0.0)
    X = np.array([[math.nan, 0.0], [math.inf, -math.inf], [-math.nan, 1.0]])
    got = scored(card, X, np.arange(2, dtype=np.uint32), False)
    assert same_bits(got, np.full((3, 1), math.nan))


def test_a_result_is_written_to_any_layout() -> None:
    card = linear([1.0, 2.0], [0.0, 1.0], [0.0, 0.0], 0.5)
    X = np.random.default_rng(0).normal(size=(70, 2))
    at = np.arange(2, dtype=np.uint32)
    room = np.full((3, 140), 7.0)
    scorecard_scores(card, X, at, True, room.T[::2, 1:2])
    assert same_bits(room[1, ::2].copy(), scored(card, X, at, True)[:, 0].copy())
    assert (room[[0, 2]] == 7.0).all()
    assert (room[1, 1::2] == 7.0).all()


@settings(max_examples=150)
@given(
    p=st.lists(st.floats(0.0, 1.0) | st.just(math.nan), max_size=40),
    slope=st.floats(0.1, 5.0),
    intercept=st.floats(-5.0, 5.0),
)
def test_platt_equals_its_twin(p: list[float], slope: float, intercept: float) -> None:
    scores = np.array(p, np.float64)
    expected = reference.platt(scores, slope, intercept)
    np.testing.assert_allclose(platt(scores, slope, intercept), expected, rtol=1e-12, atol=5e-324)


def test_platt_of_slope_one_is_a_shift_of_the_logit() -> None:
    p = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    np.testing.assert_allclose(platt(p, 1.0, 0.0), p, rtol=1e-14)
    assert platt(np.array([0.5]), 1.0, math.log(3.0))[0] == pytest.approx(0.75, rel=1e-15)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"X": np.zeros(3)}, "X must be 2-D"),
        ({"X": np.zeros((3, 2), np.int32)}, "X must be 2-D float32 or float64"),
        ({"out": np.zeros((2, 1))}, "out must be float64"),
        ({"out": np.zeros(3)}, "out must be float64"),
        ({"out": np.zeros((3, 1), np.float32)}, "out must be float64"),
        ({"columns": np.array([0], np.uint32)}, "columns must name"),
        ({"columns": np.array([0, 2], np.uint32)}, "columns must be below 2"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(changes: dict[str, Any], match: str) -> None:
    arguments = {
        "cards": linear([1.0, 1.0], [0.0, 0.0], [0.0, 0.0], 0.0),
        "X": np.zeros((3, 2)),
        "columns": np.array([0, 1], np.uint32),
        "raw": False,
        "out": np.zeros((3, 1)),
    }
    with pytest.raises(ValueError, match=match):
        scorecard_scores(**(arguments | changes))


def test_what_platt_refuses() -> None:
    with pytest.raises(ValueError, match="1-D float64"):
        platt(np.zeros((2, 2)), 1.0, 0.0)
    with pytest.raises(ValueError, match="1-D float64"):
        platt(np.zeros(2, np.float32), 1.0, 0.0)
    with pytest.raises(ValueError, match="slope must be above 0"):
        platt(np.zeros(2), 0.0, 0.0)
