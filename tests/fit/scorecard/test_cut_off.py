"""The cut-off, against all cut-offs tried one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from logistic_cases import outcome_of

from engine.errors import DataError
from engine.fit.scorecard.cut_off import find_cut_off
from engine.fit.scorecard_config import CutOffConfig
from engine.metrics import ks
from engine.metrics.classification import classification_table

SCORES = st.sampled_from([0.01, 0.1, 0.1 + 2**-56, 0.25, 0.5, 0.75, 0.9])
ROWS = st.lists(st.tuples(SCORES, st.booleans(), st.integers(0, 3)), min_size=2, max_size=30)
EVENTS = st.sampled_from(["bad", "good"])


def table_at(p, outcome, cut_off, event):
    bad = outcome.event if event == "bad" else 1 - outcome.event
    return classification_table(p, bad, cut_off, outcome.weight, event=event)


def all_tables(p, outcome, event):
    """At every distinct score, and above all."""
    return [table_at(p, outcome, c, event) for c in [*np.unique(p), 1.0]]


def drawn(rows):
    p, event, weight = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    assume(weight @ event and weight @ (1 - event))
    return p, outcome_of(event, weight)


@given(ROWS, EVENTS)
def test_by_ks_the_distributions_are_farthest_apart(rows, event):
    p, outcome = drawn(rows)
    found = table_at(p, outcome, find_cut_off(p, outcome, CutOffConfig(by="ks"), event), event)

    def apart(table):  # the event above, the others below
        return table.bad_recognised + table.good_recognised - 1

    assert apart(found) == pytest.approx(
        max(apart(table) for table in all_tables(p, outcome, event)), abs=1e-12
    )


@given(ROWS, EVENTS, st.sampled_from([0.2, 1.0, 7.0]))
def test_by_cost_errors_cost_least(rows, event, cost_of_bad):
    p, outcome = drawn(rows)
    config = CutOffConfig(by="cost", cost_of_bad=cost_of_bad, cost_of_good=2.0)

    def cost(table):
        return cost_of_bad * table.bad_as_good + 2.0 * table.good_as_bad

    found = table_at(p, outcome, find_cut_off(p, outcome, config, event), event)
    assert cost(found) == pytest.approx(min(map(cost, all_tables(p, outcome, event))))


@given(ROWS, EVENTS, st.sampled_from([0.05, 0.3, 0.9]))
def test_by_share_so_many_are_called_bad(rows, event, share):
    p, outcome = drawn(rows)
    config = CutOffConfig(by="share", share=share)

    def off(table):
        called = table.bad_as_bad + table.good_as_bad
        return abs(called / outcome.weight.sum() - share)

    found = table_at(p, outcome, find_cut_off(p, outcome, config, event), event)
    assert off(found) == pytest.approx(min(map(off, all_tables(p, outcome, event))), abs=1e-12)


def test_on_many_scores():
    rng = np.random.default_rng(2)
    p = rng.random(2_000)
    outcome = outcome_of(rng.random(2_000) < p)
    found = table_at(p, outcome, find_cut_off(p, outcome, CutOffConfig(), "bad"), "bad")
    distance = found.bad_recognised + found.good_recognised - 1
    assert distance == pytest.approx(ks(p, outcome.event), abs=1e-12)
    config = CutOffConfig(by="share", share=0.1)
    table = table_at(p, outcome, find_cut_off(p, outcome, config, "bad"), "bad")
    assert table.bad_as_bad + table.good_as_bad == 200
    by_good = table_at(p, outcome, find_cut_off(p, outcome, config, "good"), "good")
    assert by_good.bad_as_bad + by_good.good_as_bad == 200


def test_the_cut_off_lies_between_scores_and_never_on_the_lower():
    outcome = outcome_of([0, 0, 1, 1])
    assert find_cut_off(np.array([0.1, 0.2, 0.6, 0.9]), outcome, CutOffConfig(), "bad") == 0.4
    near = np.array([0.1, 0.2, np.nextafter(0.2, 1), 0.9])
    assert find_cut_off(near, outcome, CutOffConfig(), "bad") == near[2]


def test_a_score_that_tells_nothing_calls_all_the_event():
    assert find_cut_off(np.full(4, 0.3), outcome_of([0, 1, 0, 1]), CutOffConfig(), "bad") == 0.0


def test_a_given_probability():
    config = CutOffConfig(by="probability", probability=0.35)
    assert find_cut_off(np.array([0.1]), outcome_of([1]), config, "bad") == 0.35


def test_one_class_is_refused():
    with pytest.raises(DataError, match=r"needs good and bad customers \(rows 2\)"):
        find_cut_off(np.array([0.1, 0.2]), outcome_of([1, 1]), CutOffConfig(), "bad")
    with pytest.raises(DataError, match="needs good and bad"):
        find_cut_off(np.array([0.1, 0.2]), outcome_of([1, 0], [1, 0]), CutOffConfig(), "bad")
