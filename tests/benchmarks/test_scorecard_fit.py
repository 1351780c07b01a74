"""What benchmarks time of logistic fits is the same fit, and their table comes from the figures."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.scorecards.fit import CASES, FITS, SHOWN, rows_of, table_of
from benchmarks.scorecards.run import measure


@pytest.mark.parametrize("who", FITS)
def test_all_fit_the_same(who: str) -> None:
    rows = rows_of(3_000, 4)
    limit = 1e-8 if who in ("ours", "statsmodels") else 1e-2
    assert np.allclose(FITS[who](*rows, 1), FITS["ours"](*rows, 1), rtol=0.0, atol=limit)


def test_contenders_have_a_name() -> None:
    assert set(FITS) == set(SHOWN) == {who for case in CASES for who in case.contenders}


def test_a_line_for_each_contender() -> None:
    figures = {"seconds_1": 0.5, "seconds_2": 0.25, "ratio_1": 2.0, "ratio_2": 12.34}
    figures |= {"peak_bytes": 3 * 2**20, "difference": 1.23e-7}
    text = table_of({"10 x 2": {"ours": figures, "lbfgs": figures}})
    ours, theirs = text.splitlines()[2:]
    assert ours == "| 10 x 2 | Nightbook | 0.50 |  | 0.25 |  | 3 |  |"
    assert theirs == "| 10 x 2 | scikit-learn, lbfgs | 0.50 | 2.00 | 0.25 | 12.3 | 3 | 1e-07 |"


def test_a_part_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="no part of the benchmark: fitt"):
        measure(1, ["fitt"])
