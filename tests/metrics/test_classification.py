"""The classification table, against counting one by one and against a published listing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.classification import classification_table

ROWS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.9]), st.booleans(), st.integers(0, 3)), min_size=1
)


def listing():
    """68 customers as the source counts them: 39 bad, one of them taken for good; 29 good, five of
    them taken for bad. Scores are P(bad) on either side of one half."""
    bad = np.repeat([1, 1, 0, 0], [38, 1, 24, 5])
    score = np.repeat([0.8, 0.3, 0.1, 0.6], [38, 1, 24, 5])
    return score, bad


def test_the_published_listing_of_68_customers():
    score, bad = listing()
    order = np.random.default_rng(1).permutation(68)
    table = classification_table(score[order], bad[order], 0.5)
    assert table[1:5] == (24, 5, 1, 38)
    assert (table.bad_recognised, table.good_recognised) == (38 / 39, 24 / 29)
    assert table.recognised == 62 / 68
    assert f"{table.bad_recognised:.0%} {table.good_recognised:.0%} {table.recognised:.0%}" == (
        "97% 83% 91%"
    )


def test_a_score_of_being_good_gives_the_same_table():
    score, bad = listing()
    of_bad = classification_table(score, bad, 0.5)
    of_good = classification_table(1.0 - score, bad, 0.5, event="good")
    assert of_good == of_bad


@given(ROWS, st.sampled_from([0.0, 0.2, 0.4, 0.5, 1.0]), st.sampled_from(["bad", "good"]))
def test_customers_are_counted_one_by_one(rows, cut_off, event):
    score, bad, weight = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    if not (weight @ bad and weight @ (1 - bad)):
        with pytest.raises(ValueError, match="one class only|all 0"):
            classification_table(score, bad, cut_off, weight, event=event)
        return
    counted = {(is_bad, called): 0.0 for is_bad in (0, 1) for called in ("good", "bad")}
    other = {"bad": "good", "good": "bad"}[event]
    for s, is_bad, w in zip(score, bad, weight, strict=True):
        counted[int(is_bad), event if s >= cut_off else other] += w
    table = classification_table(score, bad, cut_off, weight, event=event)
    assert table[1:5] == tuple(counted.values())
    assert table.recognised == (counted[0, "good"] + counted[1, "bad"]) / weight.sum()


def test_a_float32_score_is_compared_as_it_is():
    """0.7 as float32 is a little below 0.7."""
    table = classification_table(np.array([0.7, 0.8], np.float32), [0, 1], 0.7)
    assert (table.good_as_good, table.bad_as_bad) == (1, 1)


def test_what_cannot_be_classified():
    with pytest.raises(ValueError, match="cut-off is missing"):
        classification_table([0.1, 0.2], [0, 1], float("nan"))
    with pytest.raises(ValueError, match="one class only"):
        classification_table([0.1, 0.2], [1, 1], 0.5)
    with pytest.raises(ValueError, match="missing"):
        classification_table([0.1, float("nan")], [0, 1], 0.5)
