"""The exact solver on menus small enough to solve by hand, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from menu_cases import at_most, book, entries, two_grades

from engine.errors import BookError
from engine.strategy.exact import InfeasibleStrategy, UndecidedStrategy, closing, solve
from engine.strategy.menu.problem import LinearConstraint, Ordering


def test_each_cell_takes_its_best_where_that_is_in_order() -> None:
    found = solve(two_grades())
    assert (found.choice == entries(0, 1)).all()
    assert found.profit == 11.0
    assert found.status == "optimal"
    assert found.upper_bound == pytest.approx(11.0, rel=1e-12)


def test_order_is_kept_where_the_best_entries_break_it() -> None:
    backwards = np.array([4.0, 5.0, 6.0, 3.0]).reshape(1, 2, 2, 1)
    assert solve(two_grades(profit=backwards)).profit == 10.0
    steep = Ordering(least_step=0.1)
    assert solve(two_grades(profit=backwards, ordering=steep)).profit == 7.0
    flat = Ordering(largest_step=0.0)
    assert solve(two_grades(ordering=flat)).profit == 10.0


def test_a_cap_is_held_and_priced() -> None:
    problem = at_most(two_grades(), 2.0, [1.0, 1.0, 1.5, 2.0])
    found = solve(problem)
    assert (found.choice == entries(0, -1)).all()
    assert found.values == {"c": 1.0}
    assert found.upper_bound == pytest.approx(5.0, rel=1e-3)
    assert found.root_bound == pytest.approx(8.0, rel=1e-6)  # half way from (1, 5) to (3, 11)
    assert found.shadow_prices["c"] == pytest.approx(3.0, rel=1e-6)
    assert solve(replace(problem, ordering=Ordering(decline="any"))).profit == 6.0


def test_a_bound_that_is_met_exactly_is_held() -> None:
    """0.1 + 0.2 is above 0.3 in float64 and below 0.30000000000000004."""
    side = [0.1, 9.0, 9.0, 0.2]
    assert solve(at_most(two_grades(), 0.30000000000000004, side)).profit == 11.0
    assert solve(at_most(two_grades(), 0.3, side)).profit == 5.0


def test_one_cell_with_one_entry() -> None:
    one = book(0, (1, 1, 1, 1), cap=None)
    assert (solve(one).choice == 0).all()
    loss = replace(one, profit=-np.abs(one.profit))
    assert solve(loss).profit == 0.0
    forced = replace(loss, may_decline=np.zeros((1, 1), bool))
    assert solve(forced).profit == loss.profit.item()


def test_a_cell_without_entries_ends_its_segment_or_is_skipped() -> None:
    allowed = np.array([False, False, True, True]).reshape(1, 2, 2, 1)
    assert solve(two_grades(allowed=allowed)).profit == 0.0
    skipped = two_grades(allowed=allowed, ordering=Ordering(decline="any"))
    assert solve(skipped).profit == 6.0


def test_what_is_not_allowed_is_not_read() -> None:
    unknown = np.array([5.0, np.nan, 3.0, 6.0]).reshape(1, 2, 2, 1)
    allowed = ~np.isnan(unknown)
    problem = at_most(two_grades(profit=unknown, allowed=allowed), 9.0, [1.0, np.nan, 1.0, 1.0])
    assert solve(problem).profit == 11.0


def test_a_constraint_that_cannot_hold_alone_is_named() -> None:
    problem = at_most(two_grades(), -1.0, [-0.25, 1.0, -0.25, -0.5], "floor")
    problem = at_most(problem, 100.0, [1.0] * 4, "roomy")
    with pytest.raises(InfeasibleStrategy, match="'floor' cannot hold alone") as caught:
        solve(problem)
    assert caught.value.exit_code == 78
    assert "at best -0.75 against a bound of -1" in str(caught.value)
    assert "roomy" not in str(caught.value)
    assert caught.value.choice is not None
    assert (caught.value.choice == entries(0, 1)).all()
    assert caught.value.violations == {"floor": 0.25, "roomy": 0.0}


def test_constraints_that_cannot_hold_together_are_named() -> None:
    problem = at_most(two_grades(), -2.0, [-1.0] * 4, "volume")
    problem = at_most(problem, 1.5, [1.0] * 4, "budget")
    problem = at_most(problem, 50.0, [1.0, 2.0, 3.0, 4.0], "roomy")
    with pytest.raises(InfeasibleStrategy, match="cannot hold together") as caught:
        solve(problem)
    message = str(caught.value)
    assert "'volume'" in message
    assert "'budget'" in message
    assert "roomy" not in message
    assert sum(caught.value.violations.values()) == pytest.approx(0.5)


def test_what_only_whole_cells_make_impossible_is_recognised() -> None:
    """Half an approval would hold both; found by HiGHS, not by multipliers."""
    one = book(0, (1, 1, 1, 1), cap=None)
    problem = at_most(at_most(one, -0.5, [-1.0], "some"), 0.5, [1.0], "few")
    with pytest.raises(InfeasibleStrategy, match="'some', 'few' cannot hold together") as caught:
        solve(problem)
    assert sum(caught.value.violations.values()) == 0.5


def test_forced_approvals_without_entries_are_named() -> None:
    allowed = np.array([True, True, False, False]).reshape(1, 2, 2, 1)
    forced = np.array([[True, False]])
    with pytest.raises(InfeasibleStrategy, match=r"segment 0 grade 1 \(no entry allowed\)"):
        solve(two_grades(allowed=allowed, may_decline=forced))


def test_forced_approvals_that_the_order_forbids_are_named() -> None:
    """With declines at the end, the worse grade alone forces both."""
    allowed = np.array([False, True, True, False]).reshape(1, 2, 2, 1)
    problem = two_grades(allowed=allowed, may_decline=np.zeros((1, 2), bool))
    with pytest.raises(InfeasibleStrategy, match="no strategy: segment 0 grade 1 must be"):
        solve(problem)
    free = replace(problem, ordering=Ordering(decline="any"))
    with pytest.raises(InfeasibleStrategy, match="segment 0 grade 0, segment 0 grade 1 must be"):
        solve(free)


def test_without_time_the_bound_holds_and_the_status_is_honest() -> None:
    problem = book(0, (1, 4, 12, 6))
    best, hurried = solve(problem), solve(problem, seconds=0.0)
    assert best.status == "optimal"
    assert hurried.upper_bound >= best.profit
    assert hurried.upper_bound == hurried.root_bound
    assert hurried.gap == pytest.approx(1.0 - hurried.profit / hurried.upper_bound, rel=1e-9)
    assert hurried.status == ("optimal" if hurried.gap <= 2e-4 else "time limit")
    assert hurried.status == "time limit"


def test_what_highs_did_not_prove_is_not_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    halted = SimpleNamespace(x=None, status=1, mip_dual_bound=-1e9)
    monkeypatch.setattr(closing, "_highs", lambda *_: halted)
    found = solve(book(0, (1, 4, 12, 6)))
    assert found.upper_bound == found.root_bound
    assert found.status == "time limit"


def test_without_time_and_answer_it_says_so() -> None:
    one = book(0, (1, 1, 1, 1), cap=None)
    problem = at_most(at_most(one, -0.5, [-1.0], "some"), 0.5, [1.0], "few")
    with pytest.raises(UndecidedStrategy, match="allow more than 0 s") as caught:
        solve(problem, seconds=0.0)
    assert caught.value.upper_bound >= 0.0


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"rates": np.array([0.2, 0.1])}, "rates must be finite and rise"),
        ({"rates": np.array([[0.1, 0.2]])}, "rates must be float64 of one dimension"),
        ({"limits": np.array([1_000])}, "limits must be float64"),
        ({"profit": np.zeros((1, 2, 2))}, r"profit must be float64 \(1, 2, 2, 1\)"),
        ({"profit": np.full((1, 2, 2, 1), np.nan)}, "profit is not finite at 4 allowed entries"),
        ({"allowed": np.ones((1, 2, 2, 1))}, "allowed must be bool"),
        ({"may_decline": np.ones((1, 2))}, "may_decline must be bool"),
    ],
)
def test_tables_that_do_not_fit_are_refused(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(BookError, match=match):
        two_grades(**changes)


def test_constraints_that_do_not_fit_are_refused() -> None:
    problem = two_grades()
    good = LinearConstraint("cap", problem.profit, 1.0, 1.0)
    for bad, match in (
        (replace(good, bound=np.inf), "'cap' needs a finite bound"),
        (replace(good, scale=0.0), "a scale above 0"),
        (replace(good, coefficients=np.zeros(3)), "'cap' must be float64"),
    ):
        with pytest.raises(BookError, match=match):
            replace(problem, constraints=(bad,))
    with pytest.raises(BookError, match="given twice: cap, cap"):
        replace(problem, constraints=(good, good))


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"least_step": -0.1}, "least_step must be at least 0"),
        ({"least_step": 0.2, "largest_step": 0.1}, "largest_step 0.1 is below least_step 0.2"),
        ({"scope": "book", "least_step": 0.1}, "need scope 'segment'"),
        ({"scope": "book", "largest_step": 0.1}, "need scope 'segment'"),
    ],
)
def test_orderings_that_contradict_themselves_are_refused(given: Any, match: str) -> None:
    with pytest.raises(BookError, match=match):
        Ordering(**given)


def test_too_many_open_segments_are_refused() -> None:
    with pytest.raises(BookError, match="at most 8 segments, not 9"):
        book(0, (9, 1, 1, 1), ordering=Ordering(scope="book"))
    book(0, (9, 1, 1, 1), ordering=Ordering(scope="book", decline="any"))
