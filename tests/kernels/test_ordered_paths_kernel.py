"""Ordered paths: the kernels, their readable twin, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kernels import reference_ordered_paths as reference
from kernels.ordered_paths import (
    DECLINED,
    MOST_OPEN_SEGMENTS,
    Flags,
    Floats,
    Rules,
    Whole,
    best_paths,
    best_through,
    rules_for,
)

MOST_CHOICES = 700
"""Of the twin, over all segments together."""


def tiny(seed: int, book: bool, carried: bool, limits: bool) -> tuple[Floats, Flags, Rules]:
    """A menu whose choices can be counted: with holes, forced approvals and steps."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, [4, 5, 5, 4])
    while (shape[2] * shape[3] + 1.0) ** (shape[1] * (shape[0] if book else 1)) > MOST_CHOICES:
        shape[rng.choice(np.flatnonzero(shape > 1))] -= 1
    values = rng.choice([rng.normal(0.5, 1.0, shape), rng.integers(-2, 4, shape).astype(float)])
    values[rng.random(shape) < rng.choice([0.0, 0.3])] = -np.inf
    may_decline = rng.random(shape[:2]) < rng.choice([0.6, 1.0])
    rates = np.cumsum(rng.choice([0.005, 0.01, 0.02], shape[2]))
    steps = {}
    if not book and rng.random() < 0.6:
        steps = {
            "least_step": float(rng.choice([0.0, 0.005, 0.01])),
            "largest_step": rng.choice([None, 0.01, 0.02]),
        }
    rules = rules_for(rates, limits=limits, carried=carried, book=book, **steps)
    return np.ascontiguousarray(values), may_decline, rules


def total(values: Floats, choice: Whole) -> float:
    tables = values.reshape(*choice.shape, -1)
    return sum(tables[cell][entry] for cell, entry in np.ndenumerate(choice) if entry != DECLINED)


@settings(max_examples=300)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans(), st.booleans())
def test_paths_equal_the_twin(seed: int, book: bool, carried: bool, limits: bool) -> None:
    values, may_decline, rules = tiny(seed, book, carried, limits)
    value, choice = best_paths(values, may_decline, rules)
    expected, _ = reference.best_paths(values, may_decline, rules)
    np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-12)
    if np.isfinite(value).all():
        assert total(values, choice) == pytest.approx(value.sum(), rel=1e-12, abs=1e-12)
        assert obeys(values, choice, may_decline, rules)


def obeys(values: Floats, choice: Whole, may_decline: Flags, rules: Rules) -> bool:
    """The twin finds a choice if nothing but that choice is on the menu."""
    only = np.full((*choice.shape, values[0, 0].size), -np.inf)
    for (s, g), entry in np.ndenumerate(choice):
        if entry != DECLINED:
            only[s, g, entry] = 1.0
    must = may_decline & (choice == DECLINED)
    found, _ = reference.best_paths(only.reshape(values.shape), must, rules)
    return bool(np.isfinite(found).all() and found.sum() == (choice != DECLINED).sum())


@settings(max_examples=300)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans(), st.booleans())
def test_through_every_entry_equals_the_twin(
    seed: int, book: bool, carried: bool, limits: bool
) -> None:
    values, may_decline, rules = tiny(seed, book, carried, limits)
    got = best_through(values, may_decline, rules)
    expected = reference.best_through(values, may_decline, rules)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans(), st.booleans())
@example(0, True, False, True)
def test_the_best_through_all_entries_is_the_best(
    seed: int, book: bool, carried: bool, limits: bool
) -> None:
    """On menus too large for the twin."""
    rng = np.random.default_rng(seed)
    shape = (3, 5, 7, 4)
    values = rng.normal(0.5, 1.0, shape)
    rules = rules_for(np.arange(7.0), limits=limits, carried=carried, book=book)
    may_decline = np.ones(shape[:2], bool)
    value, choice = best_paths(values, may_decline, rules)
    through = best_through(values, may_decline, rules)
    blocks = through.reshape(len(value), -1)
    np.testing.assert_allclose(np.maximum(blocks.max(axis=1), 0.0), value, rtol=1e-12)
    flat = through.reshape(*choice.shape, -1)
    for (s, g), entry in np.ndenumerate(choice):
        if entry != DECLINED:
            assert flat[s, g, entry] == pytest.approx(value[0 if book else s], rel=1e-12)


def test_of_equal_choices_it_is_always_the_same() -> None:
    values = np.zeros((2, 3, 2, 2))
    for book in (False, True):
        _, choice = best_paths(values, np.ones((2, 3), bool), rules_for(np.arange(2.0), book=book))
        assert (choice == choice[0, 0]).all()
        again = best_paths(values, np.ones((2, 3), bool), rules_for(np.arange(2.0), book=book))[1]
        assert (again == choice).all()
    _, choice = best_paths(values, np.ones((2, 3), bool), rules_for(np.arange(2.0)))
    assert (choice == 0).all()  # an entry before a decline, the first entry


def test_steps_of_decimal_fractions_are_allowed() -> None:
    """0.01 * 7 - 0.01 * 6 is above 0.01, 0.01 * 3 - 0.01 * 2 below, as floats."""
    rates = 0.01 * np.arange(1, 9)
    rules = rules_for(rates, least_step=0.01, largest_step=0.01)
    assert rules.first.tolist() == [0, *range(7)]
    assert rules.last.tolist() == [-1, *range(7)]
    assert rules.next_first.tolist() == [*range(1, 8), 0]
    assert rules.next_last.tolist() == [*range(1, 8), -1]


@pytest.mark.parametrize(
    ("values", "may_decline", "match"),
    [
        (np.zeros((1, 1, 2)), np.ones((1, 1), bool), r"values must be float64 \(S, G, R, L\)"),
        (np.zeros((1, 1, 2, 1), np.float32), np.ones((1, 1), bool), "values must be float64"),
        (np.zeros((0, 1, 2, 1)), np.ones((0, 1), bool), "values must be float64"),
        (np.zeros((1, 1, 2, 1)), np.ones((1, 2), bool), r"may_decline must be bool \(1, 1\)"),
        (np.zeros((1, 1, 2, 1)), np.ones((1, 1)), r"may_decline must be bool \(1, 1\)"),
        (np.zeros((1, 1, 3, 1)), np.ones((1, 1), bool), "the rules are not for 3 rates"),
        (np.zeros((1, 1, 2, 2)).T.copy().T, np.ones((1, 1), bool), "in C order"),
    ],
)
def test_what_does_not_fit_is_refused(values: Floats, may_decline: Flags, match: str) -> None:
    for function in (best_paths, best_through):
        with pytest.raises(ValueError, match=match):
            function(values, may_decline, rules_for(np.arange(2.0)))


def test_too_many_segments_are_refused() -> None:
    many = MOST_OPEN_SEGMENTS + 1
    values, may_decline = np.zeros((many, 1, 1, 1)), np.ones((many, 1), bool)
    with pytest.raises(ValueError, match="9 segments"):
        best_paths(values, may_decline, rules_for(np.zeros(1), book=True))
    assert best_paths(values, may_decline, rules_for(np.zeros(1), book=True, carried=True))[0] == 0
