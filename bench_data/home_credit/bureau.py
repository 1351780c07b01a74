"""Contracts known to the credit bureaus A and B (credit_bureau_a_1, credit_bureau_b_1).

Facts: about 11.5 contracts of a case with a record at A, 2.3 at B; the columns of A's running
contracts are null in 83 % of the rows, those of the closed ones in 45 %. Assumed: these are two
lists that share num_group1, so the n-th running and the n-th closed contract are one row, and a row
may have neither. How late a contract ever was follows the risk of the case and luck of its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench_data.home_credit.columns import columns_of
from bench_data.home_credit.population import Cases
from bench_data.home_credit.rows import Rows, repeated
from bench_data.home_credit.values import Floats, Mask, Told

_RUNNING = frozenset((
    "annualeffectiverate_63L", "classificationofcontr_13M", "contractst_545M", "credlmt_935A",
    "dateofcredend_289D", "dateofcredstart_739D", "debtoutstand_525A", "debtoverdue_47A",
    "dpdmax_139P", "dpdmaxdatemonth_89T", "dpdmaxdateyear_596T", "financialinstitution_591M",
    "instlamount_768A", "lastupdate_1112D", "monthlyinstlamount_332A", "nominalrate_281L",
    "numberofcontrsvalue_258L", "numberofinstls_320L", "numberofoutstandinstls_59L",
    "numberofoverdueinstlmax_1039L", "numberofoverdueinstlmaxdat_641D",
    "numberofoverdueinstls_725L", "outstandingamount_362A", "overdueamount_659A",
    "overdueamountmax2_14A", "overdueamountmax2date_1142D", "overdueamountmax_155A",
    "overdueamountmaxdatemonth_365T", "overdueamountmaxdateyear_2T", "periodicityofpmts_837L",
    "prolongationcount_599L", "purposeofcred_426M", "residualamount_856A", "subjectrole_182M",
    "totalamount_996A", "totaldebtoverduevalue_178A", "totaloutstanddebtvalue_39A",
))  # fmt: skip
_BOTH = frozenset(
    ("case_id", "num_group1", "contractsum_5085717L", "description_351M", "refreshdate_3813885D")
)
_SHARE_RUNNING, _SHARE_CLOSED = 0.19, 0.58


def contract_rows_a(cases: Cases, rng: np.random.Generator) -> Rows:
    return repeated(cases, cases.contracts)


def contract_rows_b(cases: Cases, rng: np.random.Generator) -> Rows:
    return repeated(cases, cases.contracts_b)


def first_of_list(rows: Rows, share: float, rng: np.random.Generator) -> Mask:
    """True in the first rows of each case, as long as a list of a ``share`` of its contracts."""
    counts = np.bincount(rows.at, minlength=len(rows.cases.case_id))
    return rows.group1 < rng.binomial(counts, share)[rows.at]


def severity(rows: Rows, rng: np.random.Generator) -> Floats:
    """How badly a row's contract is paid, around 1: follows the case's risk and luck of its own."""
    return np.exp(0.8 * rows.risk + 0.8 * rng.standard_normal(rows.count))


def worst(badness: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Most days past due and the largest amount overdue of contracts, 0 for most."""
    late = rng.random(len(badness)) < np.minimum(0.2 * badness, 0.95)
    days = late * (1 + np.floor(rng.exponential(12, len(badness)) * badness)).clip(max=4_500)
    owed = np.round(days * rng.exponential(120, len(badness)) * 5) / 5
    return days, owed


def tell_contracts_a(rows: Rows, rng: np.random.Generator) -> Told:
    running = first_of_list(rows, _SHARE_RUNNING, rng)
    closed = first_of_list(rows, _SHARE_CLOSED, rng)
    days_running, owed_running = worst(severity(rows, rng), rng)
    days_closed, owed_closed = worst(severity(rows, rng), rng)
    now = days_running * (rng.random(rows.count) < 0.3)
    values = {
        "dpdmax_139P": days_running,
        "overdueamountmax_155A": owed_running,
        "overdueamountmax2_14A": owed_running,
        "numberofoverdueinstlmax_1039L": np.ceil(days_running / 30),
        "debtoverdue_47A": np.where(now > 0, owed_running, 0),
        "overdueamount_659A": np.where(now > 0, owed_running, 0),
        "dpdmax_757P": days_closed,
        "overdueamountmax_35A": owed_closed,
        "overdueamountmax2_398A": owed_closed,
        "numberofoverdueinstlmax_1151L": np.ceil(days_closed / 30),
        **_terms(rows, rng),
    }
    names = [column.name for column in columns_of("credit_bureau_a_1") if column.name not in _BOTH]
    absent = {name: ~running if name in _RUNNING else ~closed for name in names}
    return Told(values, absent)


def _terms(rows: Rows, rng: np.random.Generator) -> dict[str, NDArray[np.int64]]:
    """Starts and ends of contracts: running ones end after the decision, closed ones before."""
    age = rng.integers(30, 1_500, rows.count)
    ended = rng.exponential(700, rows.count).astype(np.int64).clip(1, 4_000)
    return {
        "dateofcredstart_739D": rows.day - age,
        "dateofcredend_289D": rows.day + rng.integers(10, 1_500, rows.count),
        "dateofcredstart_181D": rows.day - ended - age,
        "dateofcredend_353D": rows.day - ended,
        "dateofrealrepmt_138D": rows.day - ended,
    }


def tell_contracts_b(rows: Rows, rng: np.random.Generator) -> Told:
    days, owed = worst(severity(rows, rng), rng)
    now = rng.random(rows.count) < 0.3
    values = {
        "dpdmax_851P": days,
        "overdueamountmax_950A": owed,
        "pmtdaysoverdue_1135P": np.where(now, days, 0),
        "debtpastduevalue_732A": np.where(now, owed, 0),
    }
    return Told(values, {})
