"""Persons of an application (person_1) and their addresses and employments (person_2).

Facts: num_group1 = 0 is the applicant, of whom every case has one; half of the cases name a second
person, a third a third. Birth, income and sex are told of the applicant only, the relationship of
the others only. 94 % of the cases have rows in person_2, nearly all one, of the applicant.
"""

from __future__ import annotations

import numpy as np

from bench_data.home_credit.columns import columns_of
from bench_data.home_credit.population import Cases
from bench_data.home_credit.rows import Rows, nested, repeated
from bench_data.home_credit.values import Told, amounts

_OF_APPLICANT = ("birth_259D", "incometype_1044T", "mainoccupationinc_384A", "sex_738L",
                 "safeguarantyflag_411L", "contaddr_matchlist_1032L", "empl_employedfrom_271D",
                 "contaddr_smempladdr_334L", "empl_employedtotal_800L", "empl_industry_691L",
                 "familystate_447L", "housetype_905L")  # fmt: skip
_OF_OTHERS = ("relationshiptoclient_415T", "relationshiptoclient_642T", "remitter_829L")
_WITH_ADDRESS, _FURTHER = (0.94, 0.087), (0.02, 0.42)
"""Of the applicant and of others: share with rows in person_2, mean of the further rows."""


def person_rows(cases: Cases, rng: np.random.Generator) -> Rows:
    return repeated(cases, cases.persons)


def address_rows(cases: Cases, rng: np.random.Generator) -> Rows:
    parents = person_rows(cases, rng)
    applicant = parents.group1 == 0
    has = rng.random(parents.count) < np.where(applicant, *_WITH_ADDRESS)
    return nested(parents, has * (1 + rng.poisson(np.where(applicant, *_FURTHER))))


def tell_persons(rows: Rows, rng: np.random.Generator) -> Told:
    applicant = rows.group1 == 0
    absent = dict.fromkeys(_OF_APPLICANT, ~applicant) | dict.fromkeys(_OF_OTHERS, applicant)
    for column in columns_of("person_1"):
        if column.is_masked:
            absent[column.name] = ~applicant
    values = {
        "mainoccupationinc_384A": amounts(rng, 10.6, 0.25, 0.4 * rows.income),
        "personindex_1023L": rows.group1.astype(np.float64),
        "persontype_1072L": np.where(applicant, 1.0, rng.integers(4, 6, rows.count)),
        "persontype_792L": np.where(applicant, 1.0, rng.integers(4, 6, rows.count)),
    }
    return Told(values, absent)


def tell_addresses(rows: Rows, rng: np.random.Generator) -> Told:
    return Told({}, {"relatedpersons_role_762T": np.asarray(rows.group1 == 0)})
