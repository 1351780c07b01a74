"""What the optimiser is measured against computes the same, or finds strategies that hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.strategy import evaluator
from benchmarks.strategy.book import FACTS, SOURCE, columns, config, pricing
from benchmarks.strategy.peers import greedy, local_search
from benchmarks.strategy.run import tables_of
from engine.strategy import best, prepare
from engine.strategy.exact.neighbours import keeps_order
from engine.strategy.exact.table import table_of
from kernels.generation import MEASURES, generation_sums


@pytest.mark.parametrize("case", evaluator.CASES)
@pytest.mark.parametrize("curved", [False, True])
def test_a_plain_trial_is_a_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str, curved: bool
) -> None:
    monkeypatch.setattr(evaluator, "CUSTOMERS", 3_000)
    book = evaluator._book(tmp_path, *evaluator.CASES[case])
    curves = evaluator._curves(book.cells.segment.size, curved=curved)
    ours = generation_sums(book, curves)
    for candidate in (0, 7):
        plain = evaluator.plain_trial(book, curves, candidate)
        for name, values in plain.items():
            found = ours[MEASURES.index(name), :, candidate]
            size = np.abs(ours[MEASURES.index("exposure")]).max()
            assert np.abs(found[: values.size] - values).max() <= 1e-9 * size, name


def test_peers_find_strategies_that_hold_and_never_beat_the_bound(tmp_path: Path) -> None:
    wanted = config(5, {"bad_rate_balance": {"max": 0.02}, "min_approval_rate": {"min": 0.5}})
    made = prepare(columns(4_000), pricing(tmp_path, SOURCE, "logistic"), wanted, FACTS, threads=1)
    exact, table = best(made), table_of(made.problem)
    for choice, profit in (greedy(made.problem), local_search(made.problem, 1.0)):
        assert keeps_order(table, choice)
        assert table.worth(choice) == pytest.approx(profit, rel=1e-12)  # None where one is broken
        assert 0.9 * exact.upper_bound < profit <= exact.upper_bound * (1 + 1e-12)


def test_figures_become_tables() -> None:
    found = {"commit": {}, "a pass": {"seconds": 1.234, "goal": 3.0}}
    assert "| a pass | 1.23 | 3 |" in tables_of({"passes": found})
