"""Previous applications (applprev_1) and the contacts given with them (applprev_2).

Facts: num_group1 counts from the latest application back, with exceptions (89 % agree with the
dates of creation); D is rejected (41 %), K paid off (41 %), A running (11 %), T cancelled (7 %);
only K and A have an approval, and most of the others have no debt; about 2.16 contacts each.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench_data.home_credit.population import Cases
from bench_data.home_credit.rows import Rows, nested, repeated
from bench_data.home_credit.values import Told, amounts

_K, _D, _A, _T = (np.int16(code) for code in range(4))  # the order of the words of status_219L
_REJECTED, _CANCELLED, _RUNNING = 0.40, 0.115, 0.21
_DATED_BY_APPROVAL = ("approvaldate_319D", "dateactivated_425D", "dtlastpmt_581D",
                      "dtlastpmtallstes_3545839D")  # fmt: skip
_OWED = ("currdebt_94A", "outstandingdebt_522A")
_OWED_NOTHING = 0.72
"""Of the applications without approval, those with a null debt: 34 % of all, as published."""
_DAYS_BETWEEN = 220
_DISORDER = 1.88
"""In units of the days between two applications; 89 % of the neighbours are then in order."""


def application_rows(cases: Cases, rng: np.random.Generator) -> Rows:
    return repeated(cases, cases.applications)


def contact_rows(cases: Cases, rng: np.random.Generator) -> Rows:
    parents = application_rows(cases, rng)
    return nested(parents, 1 + rng.binomial(3, 0.3857, parents.count))


def tell_applications(rows: Rows, rng: np.random.Generator) -> Told:
    status = _statuses(rows, rng)
    created = _created(rows, rng)
    not_approved = (status == _D) | (status == _T)
    values = {
        "status_219L": status,
        "creationdate_885D": created,
        "approvaldate_319D": np.minimum(created + rng.integers(0, 4, rows.count), rows.day),
        "dateactivated_425D": np.minimum(created + rng.integers(0, 12, rows.count), rows.day),
        "firstnonzeroinstldate_307D": created + rng.integers(20, 45, rows.count),
        "mainoccupationinc_437A": amounts(rng, 10.4, 0.3, 0.4 * rows.income),
    }
    absent = {
        **dict.fromkeys(_DATED_BY_APPROVAL, not_approved),
        **dict.fromkeys(_OWED, not_approved & (rng.random(rows.count) < _OWED_NOTHING)),
        "maxdpdtolerance_577P": not_approved & (rng.random(rows.count) < 0.97),
        "rejectreason_755M": status != _D,
        "rejectreasonclient_4145042M": status != _D,
    }
    return Told(values, absent)


def _statuses(rows: Rows, rng: np.random.Generator) -> NDArray[np.int16]:
    """Codes of status_219L; the riskier the case, the more often rejected."""
    drawn, kind = rng.random((2, rows.count))
    rejected = drawn < _REJECTED * np.exp(0.25 * rows.risk - 0.03)
    rest = [kind < _CANCELLED, kind > 1 - _RUNNING]
    return np.where(rejected, _D, np.select(rest, [_T, _A], _K))


def _created(rows: Rows, rng: np.random.Generator) -> NDArray[np.int32]:
    """Days of creation, before the decision."""
    between = rng.exponential(_DAYS_BETWEEN, len(rows.cases.case_id))[rows.at]
    back = (rows.group1 + _DISORDER * rng.random(rows.count)) * between
    return rows.day - 1 - back.clip(0, 5_000).astype(np.int32)
