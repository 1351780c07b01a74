"""Our scorecard is not below those of other libraries, on some of the splits of the README."""

from __future__ import annotations

import numpy as np
import pytest
from real_books import real_data_folder

from bench_data import measure_scorecards as measure
from bench_data.scorecard_contenders import SCORECARDS

SPLITS = 2  # 33 s of one core, most of it skorecard's


@pytest.fixture(scope="module")
def found() -> dict[str, np.ndarray]:
    assert real_data_folder().is_dir()
    entrants, target = measure.taiwan_entrants()
    splits = measure.stratified_splits(target, range(SPLITS))
    return {name: measure.areas(entrant, target, splits) for name, entrant in entrants.items()}


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.filterwarnings("ignore")  # hundreds, of what skorecard asks of pandas and scikit-learn
@pytest.mark.parametrize("peer", list(SCORECARDS)[2:])
def test_not_below(found: dict[str, np.ndarray], peer: str) -> None:
    difference = measure.interval(found["our scorecard"], found[peer])
    assert difference.high > 0
    assert difference.mean > -0.001, "worse on average than splits differ by"


def test_interval_by_hand() -> None:
    """Differences 1 to 3 hundredths: t(0.975; 2) = 4.3027, (1/3 + 1/3) 0.01^2."""
    found = measure.interval(np.array([0.71, 0.72, 0.73]), np.full(3, 0.70))
    assert found.mean == pytest.approx(0.02)
    reach = 4.302653 * np.sqrt(2 / 3) * 0.01
    assert (found.low, found.high) == pytest.approx((0.02 - reach, 0.02 + reach), rel=1e-6)
