"""The cases that benchmarks time do the same work: ours and plain agree on a small demo book."""

from __future__ import annotations

import math

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks import cases
from benchmarks.cases import Workload

CUSTOMERS = 3_000


@pytest.fixture(scope="module")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Workload:
    return Workload(tmp_path_factory.mktemp("agreement") / "demo", CUSTOMERS)


def test_features_agree(workload: Workload) -> None:
    ours = pl.concat(workload.features).drop("as_of")
    plain = workload.plain_features.select(ours.columns).cast(dict(ours.schema))
    assert_frame_equal(ours, plain, rel_tol=1e-9, abs_tol=1e-9)


def test_offers_agree(workload: Workload) -> None:
    plain = workload.plain_offers
    ours = pl.concat(workload.offers).select(plain.columns)
    assert_frame_equal(ours, plain, rel_tol=1e-9, abs_tol=1e-9)


def test_totals_agree(workload: Workload) -> None:
    ours, plain = cases.run(workload), cases.run_plainly(workload)
    for name, value in plain.items():
        assert math.isclose(ours[name], value, rel_tol=1e-12), name
