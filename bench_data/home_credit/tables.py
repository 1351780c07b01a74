"""How each of the 17 tables is drawn; a batch of cases becomes one Arrow table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from bench_data.home_credit import applications, bureau, payments, persons, registries, statics
from bench_data.home_credit.columns import Column
from bench_data.home_credit.population import Cases
from bench_data.home_credit.rows import Rows
from bench_data.home_credit.values import Told, column_array


def _nothing(rows: Rows, rng: np.random.Generator) -> Told:
    return Told({}, {})


class Table(NamedTuple):
    """Draws the rows of a batch of ``cases`` cases, then tells what they say."""

    rows: Callable[[Cases, np.random.Generator], Rows]
    tell: Callable[[Rows, np.random.Generator], Told] = _nothing
    cases: int = 20_000


TABLES = {
    "base": Table(statics.case_rows, statics.tell_base, 200_000),
    "static_0": Table(statics.case_rows, statics.tell_static),
    "static_cb_0": Table(statics.bureau_answer_rows, statics.tell_bureau_answers, 50_000),
    "applprev_1": Table(applications.application_rows, applications.tell_applications),
    "applprev_2": Table(applications.contact_rows),
    "credit_bureau_a_1": Table(bureau.contract_rows_a, bureau.tell_contracts_a, 10_000),
    "credit_bureau_a_2": Table(payments.payment_rows_a, payments.tell_payments_a, 4_000),
    "credit_bureau_b_1": Table(bureau.contract_rows_b, bureau.tell_contracts_b, 100_000),
    "credit_bureau_b_2": Table(payments.payment_rows_b, payments.tell_payments_b, 100_000),
    "debitcard_1": Table(registries.some_rows(0.0732, 0.41), cases=200_000),
    "deposit_1": Table(registries.some_rows(0.0689, 0.38), cases=200_000),
    "other_1": Table(registries.some_rows(51_109 / 1_526_659, 0.0), cases=200_000),
    "person_1": Table(persons.person_rows, persons.tell_persons, 50_000),
    "person_2": Table(persons.address_rows, persons.tell_addresses, 100_000),
    "tax_registry_a_1": Table(
        registries.tax_rows("a"),
        registries.tell_taxes("recorddate_4527225D", "amount_4527230A", monthly=False),
        100_000,
    ),
    "tax_registry_b_1": Table(
        registries.tax_rows("b"),
        registries.tell_taxes("deductiondate_4917603D", "amount_4917619A", monthly=True),
        100_000,
    ),
    "tax_registry_c_1": Table(
        registries.tax_rows("c"),
        registries.tell_taxes("processingdate_168D", "pmtamount_36A", monthly=True),
        100_000,
    ),
}


def batches_of(
    name: str, columns: Sequence[Column], cases: Cases, key: Sequence[int]
) -> Iterator[pa.Table]:
    """The rows of ``cases``, batch by batch; at least one batch, which may have no rows.

    ``key`` and the number of the batch seed its random numbers.
    """
    table, count = TABLES[name], len(cases.case_id)
    for number, first in enumerate(range(0, max(count, 1), table.cases)):
        index = np.arange(first, min(first + table.cases, count))
        rng = np.random.default_rng([*key, number])
        rows = table.rows(cases.take(index), rng)
        told = table.tell(rows, rng)
        arrays = [_array(column, rows, told, rng) for column in columns]
        yield pa.Table.from_arrays(arrays, [column.name for column in columns])


def _array(column: Column, rows: Rows, told: Told, rng: np.random.Generator) -> pa.Array:
    keys = {"case_id": rows.case_id, "num_group1": rows.group1, "num_group2": rows.group2}
    if column.name in keys:
        return pa.array(keys[column.name])
    return column_array(column, rows, told, rng)
