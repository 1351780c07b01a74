"""Monthly payments of contracts (credit_bureau_a_2, credit_bureau_b_2), the largest tables.

Facts: 188.3 million rows at bureau A, 1.29 million at B; num_group2 counts months, 0 to 35 at A,
where most cases reach 35 and half have up to three contracts. Assumed: months ascend with
num_group2 and end at the decision (running) or before it (closed); contracts have 12, 24 or 36
months, at B 1 to 29; only the first row of a contract tells of collateral and subject roles. How
often and how badly a contract is late follows its severity, in its last six months also the case's
``shock``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench_data.home_credit.bureau import contract_rows_b, first_of_list, severity
from bench_data.home_credit.columns import columns_of
from bench_data.home_credit.population import Cases
from bench_data.home_credit.rows import Rows, nested, repeated
from bench_data.home_credit.values import Floats, Mask, Told

_SHARE_PAYING = 0.281
"""Of the further contracts of a case, those with a history of payments: 3.95 in the mean."""
_MONTHS, _MONTHS_SHARES = np.array([12, 24, 36]), (0.03, 0.07, 0.90)
_LATE_MONTHS, _LATELY = 0.03, 6
_RUNNING = ("pmts_dpd_1073P", "pmts_overdue_1140A", "pmts_month_158T", "pmts_year_1139T")
_CLOSED = ("pmts_dpd_303P", "pmts_overdue_1152A", "pmts_month_706T", "pmts_year_507T")
_SHARE_RUNNING, _SHARE_CLOSED = 0.22, 0.6
_MONTHS_SINCE_CLOSED = 24


@dataclass(frozen=True)
class Contracts:
    """The contracts of payment rows: one ``parents`` row each, where they begin, how long they are.

    ``contract`` is the contract of each payment row.
    """

    parents: Rows
    first: NDArray[np.int64]
    months: NDArray[np.int64]
    contract: NDArray[np.int64]


def payment_rows_a(cases: Cases, rng: np.random.Generator) -> Rows:
    further = rng.binomial(np.maximum(cases.contracts - 1, 0), _SHARE_PAYING)
    contracts = repeated(cases, np.where(cases.contracts > 0, 1 + further, 0))
    return nested(contracts, rng.choice(_MONTHS, contracts.count, p=_MONTHS_SHARES))


def payment_rows_b(cases: Cases, rng: np.random.Generator) -> Rows:
    contracts = contract_rows_b(cases, rng)
    return nested(contracts, rng.integers(1, 30, contracts.count))


def tell_payments_a(rows: Rows, rng: np.random.Generator) -> Told:
    contracts = _contracts(rows)
    values: dict[str, Floats] = {}
    absent: dict[str, Mask] = {}
    for names, share, since in ((_RUNNING, _SHARE_RUNNING, 0), (_CLOSED, _SHARE_CLOSED, 1)):
        listed = first_of_list(contracts.parents, share, rng)
        ended = since * rng.exponential(_MONTHS_SINCE_CLOSED, len(listed)).astype(np.int64)
        history = (*_lateness(rows, contracts, listed, rng), *_calendar(rows, contracts, ended))
        values.update(zip(names, history, strict=True))
        absent.update(dict.fromkeys(names, ~listed[contracts.contract]))
    later = rows.group2 != 0
    for column in columns_of("credit_bureau_a_2"):
        if column.name.startswith(("collater", "subjectroles")):
            absent[column.name] = later
    return Told(values, absent)


def tell_payments_b(rows: Rows, rng: np.random.Generator) -> Told:
    late = rng.random(rows.count) < np.minimum(0.06 * np.exp(0.8 * rows.risk), 0.9)
    owed = late * np.round(rng.exponential(2_000, rows.count) * 5) / 5
    months = {"pmts_date_1107D": rows.day - 30 * (rows.group2 + 1)}
    return Told({**months, "pmts_dpdvalue_108P": owed, "pmts_pmtsoverdue_635A": owed}, {})


def _contracts(rows: Rows) -> Contracts:
    first = np.flatnonzero(rows.group2 == 0)
    months = np.diff(first, append=rows.count)
    parents = Rows(rows.cases, rows.at[first], rows.group1[first])
    return Contracts(parents, first, months, np.repeat(np.arange(len(first)), months))


def _calendar(rows: Rows, contracts: Contracts, ended: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Month (1 to 12) and year of each row, of contracts ``ended`` months before the decision."""
    decided = np.floor(contracts.parents.day / 30.436875).astype(np.int64)
    serial = (decided - ended - contracts.months)[contracts.contract] + rows.group2
    return (serial % 12 + 1).astype(np.float64), (1970 + serial // 12).astype(np.float64)


def _lateness(
    rows: Rows, contracts: Contracts, listed: Mask, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Days past due and amounts overdue by row: 0 but in a few months, the only ones drawn."""
    parents, months = contracts.parents, contracts.months
    badness = severity(parents, rng)
    lately = badness * np.exp(0.8 * parents.cases.shock[parents.at] - 0.3)
    begins, spans = (0 * months, months - _LATELY), (months - _LATELY, 0 * months + _LATELY)
    days, overdue = np.zeros(rows.count), np.zeros(rows.count)
    for begin, span, level in zip(begins, spans, (badness, lately), strict=True):
        chance = np.minimum(_LATE_MONTHS * level, 0.9) * listed
        hit = np.repeat(np.arange(len(months)), rng.poisson(chance * span))
        moved = np.floor(rng.random(len(hit)) * span[hit]).astype(np.int64)
        place = (contracts.first + begin)[hit] + moved
        days[place] = 1 + np.floor(rng.exponential(12, len(hit)) * level[hit]).clip(max=4_500)
        overdue[place] = np.round(days[place] * rng.exponential(120, len(hit)) * 5) / 5
    return days, overdue
