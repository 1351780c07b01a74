"""Each case by both contenders, for pytest-benchmark."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.cases import CASES, Case, Workload


@pytest.mark.parametrize("contender", ["ours", "plain"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_stage(benchmark: Any, workload: Workload, case: Case, contender: str) -> None:
    benchmark.group = case.name
    benchmark.extra_info |= {
        "case": case.name,
        "contender": contender,
        "rows": workload.raw_rows,
        "customers": workload.customers,
    }
    work = getattr(case, contender)
    benchmark.pedantic(work, args=(workload,), rounds=5, warmup_rounds=1)
