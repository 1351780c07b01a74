"""One row per case: base, static_0 and static_cb_0 (98.3 % of the cases).

Assumed: the columns of static_0 that sum up earlier loans are null for the fifth of the cases that
have no previous application. Maxima over longer times are at least those over shorter ones, and so
are counts of bureau queries; otherwise one column does not agree with another, such as two births.
"""

from __future__ import annotations

import numpy as np

from bench_data.home_credit.columns import columns_of
from bench_data.home_credit.population import Cases
from bench_data.home_credit.rows import Rows, one_each
from bench_data.home_credit.values import Floats, Told, amounts

_WITH_BUREAU_ANSWER = 1_500_476 / 1_526_659
_HISTORY_FROM = 0.2
"""A column of static_0 with at least so many nulls tells of earlier loans."""
_LATE = ("maxdpdlast3m_392P", "maxdpdlast6m_474P", "maxdpdlast9m_1059P", "maxdpdlast12m_727P",
         "maxdpdlast24m_143P", "maxdpdtolerance_374P")  # fmt: skip
_QUERIES = ("days30_165L", "days90_310L", "days120_123L", "days180_256L", "days360_512L")
_ALWAYS_ASKED = ("maininc_215A", "price_1097A", "isbidproductrequest_292L")


def case_rows(cases: Cases, rng: np.random.Generator) -> Rows:
    return one_each(cases)


def bureau_answer_rows(cases: Cases, rng: np.random.Generator) -> Rows:
    answered = rng.random(len(cases.case_id)) < _WITH_BUREAU_ANSWER
    return Rows(cases, np.flatnonzero(answered))


def tell_base(rows: Rows, rng: np.random.Generator) -> Told:
    days = rows.day.astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64)
    return Told(
        {
            "date_decision": rows.day,
            "MONTH": (1970 + months // 12) * 100 + months % 12 + 1,
            "WEEK_NUM": rows.cases.week[rows.at].astype(np.int64),
            "target": rows.cases.target[rows.at].astype(np.int64),
        },
        {},
    )


def tell_static(rows: Rows, rng: np.random.Generator) -> Told:
    borrowed = amounts(rng, 10.3, 0.7, 0.2 * rows.income)
    months = rng.integers(6, 61, rows.count)
    values = {
        "credamount_770A": borrowed,
        "disbursedcredamount_1113A": borrowed,
        "annuity_780A": np.round(borrowed / months * 1.25 * 5) / 5,
        "maininc_215A": amounts(rng, 10.5, 0.3, 0.4 * rows.income),
        "numrejects9m_859L": rng.poisson(0.4 * np.exp(0.5 * rows.risk)).astype(np.float64),
        "eir_270L": np.round((0.35 + 0.02 * rows.risk).clip(0.1, 0.6), 4).astype(np.float64),
        **_growing(_LATE, _late_days(rows, rng)),
    }
    new = rows.cases.applications[rows.at] == 0
    absent = {
        column.name: new
        for column in columns_of("static_0")
        if column.null_rate >= _HISTORY_FROM and column.name not in _ALWAYS_ASKED
    }
    return Told(values, absent)


def tell_bureau_answers(rows: Rows, rng: np.random.Generator) -> Told:
    asked = rng.poisson(0.8 * np.exp(0.3 * rows.risk), (len(_QUERIES), rows.count))
    sums = np.cumsum(asked, axis=0).astype(np.float64)
    values = dict(zip(_QUERIES, sums, strict=True))
    values["numberofqueries_373L"] = sums[-1]
    values["pmtssum_45A"] = amounts(rng, 9.3, 0.3, 0.5 * rows.income)
    values["riskassesment_940T"] = np.round(rng.normal(-0.5 * rows.risk, 1.0), 4)
    return Told(values, {})


def _late_days(rows: Rows, rng: np.random.Generator) -> Floats:
    shape = (len(_LATE), rows.count)
    late = rng.random(shape) < 0.08 * np.exp(0.6 * rows.risk)
    days: Floats = late * (1 + np.floor(rng.exponential(15, shape)))
    return days


def _growing(names: tuple[str, ...], draws: Floats) -> dict[str, Floats]:
    """Columns over ever longer times: running maxima of ``draws`` (names, rows)."""
    return dict(zip(names, np.maximum.accumulate(draws, axis=0), strict=True))
