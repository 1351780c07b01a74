"""What benchmarks time of scorecards is the same work, and its table comes from the figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.scorecards.contest import CASES, Case, agree, prepare
from benchmarks.scorecards.run import table_of


@pytest.mark.parametrize(
    "case", [case._replace(rows=21_000) for case in CASES], ids=lambda c: c.name
)
def test_both_score_alike(case: Case, tmp_path: Path) -> None:
    contest = prepare(case, tmp_path)
    assert contest.ours(1).shape == contest.sklearn(1).shape == (case.rows, case.cards)
    assert agree(contest, 1)
    assert agree(contest, 2)
    np.testing.assert_allclose(contest.ours(1), contest.sklearn(1), atol=1e-5)
    shifted = contest._replace(exact=lambda threads: contest.exact(threads) + 1e-11)
    assert not agree(shifted, 1)


def test_a_line_for_each_case() -> None:
    found = {f"{who}_{n}": 1e6 * n for who in ("ours", "sklearn") for n in (1, 2)}
    text = table_of({"1 card": found | {"ratio_1": 6.543, "ratio_2": 12.34}})
    line = "| 1 card | 1,000,000 | 1,000,000 | 6.54 | 2,000,000 | 2,000,000 | 12.3 |"
    assert text.splitlines()[2] == line
