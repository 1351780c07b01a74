"""What benchmarks time of metrics is the same work, and its table comes from the figures."""

from __future__ import annotations

import pytest

from benchmarks.metrics.contest import CASES, Case, agree, prepare
from benchmarks.metrics.run import table_of


@pytest.mark.parametrize(
    "case", [case._replace(rows=20_000) for case in CASES], ids=lambda c: c.name
)
def test_both_measure_alike(case: Case) -> None:
    contest = prepare(case)
    assert agree(contest, 1)
    assert agree(contest, 2)
    area, distance = contest.sklearn()
    assert not agree(contest._replace(sklearn=lambda: (area, distance + 1e-11)), 1)


def test_a_line_for_each_case() -> None:
    found = {"sklearn": 4.5678, "ours_1": 0.25, "ours_2": 0.125, "ratio_1": 9.876, "ratio_2": 36.54}
    line = "| 1 M | 4.568 | 0.250 | 9.88 | 0.125 | 36.5 |"
    assert table_of({"1 M": found}).splitlines()[2] == line
