"""Grades and cells: where they are cut, what they are called, whose customers are whose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_columns import columns, config

from engine.errors import BookError
from engine.strategy.menu.cells import cells_at, cut_grades, sort_by_cell

BOOK = [("A", 0.02), ("B", 0.08), ("C", None)]


def test_the_books_own_grades() -> None:
    grades = cut_grades(config(), BOOK, columns())
    assert [(g.grade, g.max_pd, g.of_book) for g in grades] == [
        ("A", 0.02, "A"),
        ("B", 0.08, "B"),
        ("C", None, "C"),
    ]


def test_stated_bounds_keep_those_of_the_book() -> None:
    grades = cut_grades(config(grades=[0.01, 0.05, 0.06]), BOOK, columns())
    assert [(g.grade, g.max_pd, g.credit_grade) for g in grades] == [
        ("A1", 0.01, 0),
        ("A2", 0.02, 0),
        ("B1", 0.05, 1),
        ("B2", 0.06, 1),
        ("B3", 0.08, 1),
        ("C", None, 2),
    ]


def test_grades_by_shares_of_the_customers() -> None:
    made = columns(5_000)
    grades = cut_grades(config(grades=10), BOOK, made)
    bounds = np.array([g.max_pd for g in grades[:-1]])
    assert set(bounds) > {0.02, 0.08}
    assert all(bound == float(f"{bound:.3g}") for bound in bounds)
    counts = sort_by_cell(made, grades).counts.sum(axis=0)
    assert counts.sum() == 5_000
    assert counts.max() < 5_000 / 10 * 1.1


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 300))
def test_every_customer_is_in_its_cell_once(seed: int, n: int) -> None:
    made = columns(n, seed)
    grades = cut_grades(config(), BOOK, made)
    rows = sort_by_cell(made, grades)
    assert sorted(rows.order.tolist()) == list(range(n))
    for cell in range(6):
        own = rows.order[rows.first[cell] : rows.first[cell + 1]]
        assert own.tolist() == sorted(own.tolist())  # by key, as in the run
        assert (made.segment[own] == cell // 3).all()
        low, high = [-1.0, 0.02, 0.08][cell % 3], [0.02, 0.08, 2.0][cell % 3]
        assert ((made.pd[own] > low) & (made.pd[own] <= high)).all()
    blocks = list(rows.blocks())
    assert [place for own, _ in blocks for place in own.tolist()] == rows.order.tolist()
    for own, cell in blocks:
        assert (made.segment[own] == cell // 3).all()


def test_blocks_say_whose_customers_they_hold() -> None:
    first = np.array([0, 3, 3, 4, 9])
    assert cells_at(first, 0, 9).tolist() == [0, 0, 0, 2, 3, 3, 3, 3, 3]
    assert cells_at(first, 2, 3).tolist() == [0, 2, 3]


def test_a_finer_grade_must_not_be_called_as_one_of_the_books() -> None:
    book = [("A", 0.02), ("A1", 0.08), ("C", None)]
    with pytest.raises(BookError, match="rename"):
        cut_grades(config(grades=[0.01]), book, columns())
