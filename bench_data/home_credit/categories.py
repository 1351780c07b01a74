"""The categories of string columns: known values where they are published, else made-up codes.

Masked (M) columns have no nulls: `MISSING` stands for a value that is not there.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bench_data.home_credit.columns import Column

MISSING = "a55475b1"
_SLOTS = 1 << 12
_ROLES = "SIBLING 30|FRIEND 20|SPOUSE 12|PARENT 12|OTHER 8|COLLEAGUE 7|OTHER_RELATIVE 5|CHILD 4"
_STATUSES = "K 62|D 22|A 12|T 4"
_FAMILY = "MARRIED 55|SINGLE 28|DIVORCED 8|WIDOWED 6|LIVING_WITH_PARTNER 3"
_CHOICES = {
    "status_219L": _STATUSES,
    "lastst_736L": _STATUSES,
    "familystate_447L": _FAMILY,
    "familystate_726L": _FAMILY,
    "maritalst_703L": _FAMILY,
    "relationshiptoclient_415T": _ROLES,
    "relationshiptoclient_642T": _ROLES,
    "relatedpersons_role_762T": _ROLES,
    "credtype_322L": "CAL 60|COL 38|REL 2",
    "credtype_587L": "CAL 45|COL 50|REL 5",
    "inittransactioncode_186L": "CASH 60|POS 38|NDF 2",
    "inittransactioncode_279L": "CASH 48|POS 50|NDF 2",
    "credacc_status_367L": "CL 45|AC 35|PCL 10|CA 5|PO 3|CR 2",
    "credacc_cards_status_52L": "CANCELLED 49|ACTIVE 35|INACTIVE 15|BLOCKED 1",
    "conts_type_509L": "PRIMARY_MOBILE 46|EMPLOYMENT_PHONE 28|HOME_PHONE 20|PHONE 6",
    "type_25L": "PRIMARY_MOBILE 50|PHONE 30|HOME_PHONE 15|SECONDARY_MOBILE 5",
    "addres_role_871L": "CONTACT 55|PERMANENT 43|TEMPORARY 1|REGISTERED 1",
    "role_1084L": "CL 52|EM 25|PE 23",
    "role_993L": "FULL 100",
    "sex_738L": "F 62|M 38",
    "gender_992L": "F 62|M 38",
    "incometype_1044T": "SALARIED_GOVT 40|EMPLOYED 25|PRIVATE_SECTOR_EMPLOYEE 20|RETIRED 15",
    "housetype_905L": "OWNED 60|PARENTAL 25|RENTED 15",
    "housingtype_772L": "OWNED 60|PARENTAL 25|RENTED 15",
    "empl_employedtotal_800L": "MORE_FIVE 45|MORE_ONE 35|LESS_ONE 20",
    "empl_industry_691L": "OTHER 40|EDUCATION 20|HEALTH 12|TRADE 12|GOVERNMENT 10|POLICE 6",
    "bankacctype_710L": "CA 100",
    "cardtype_51L": "INSTANT 60|PERSONALIZED 40",
    "disbursementtype_67L": "GBA 90|SBA 8|DD 2",
    "paytype_783L": "OTHER 100",
    "paytype1st_925L": "OTHER 100",
    "twobodfilling_608L": "BO 75|FO 25",
    "typesuite_864L": "AL 100",
    "requesttype_4525192L": "DEDUCTION_6 70|PENSION_6 25|SOCIAL_6 5",
    "riskassesment_302T": "1% - 1% 30|2% - 3% 30|4% - 7% 20|8% - 15% 12|16% - 30% 8",
    "periodicityofpmts_997L": "monthly - 30 days 90|quarterly - 90 days 7|half-yearly - 180 days 3",
}
_LARGE = {"district": 200, "zip": 800, "name_": 2_000, "employer": 2_000, "profession": 600}
_RARELY_GIVEN = {"cancelreason_3545846M": 0.68, "rejectreason_755M": 0.29,
                 "rejectreasonclient_4145042M": 0.41, "education_1138M": 0.47,
                 "profession_152M": 0.99, "cacccardblochreas_147M": 0.99}  # fmt: skip
"""Share of `MISSING`: published for these columns (reasons of rejection: 0.71 and 0.76 of all
applications, here of the rejected ones), a third elsewhere."""


class Categories(NamedTuple):
    """``words`` and ``slots``: 4,096 codes (int16), as often as each word is drawn."""

    words: pa.Array
    slots: NDArray[np.int16]

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.int16]:
        return self.slots[rng.integers(0, _SLOTS, size, dtype=np.uint16)]

    def text(self, codes: NDArray[np.int16], hidden: NDArray[np.bool_] | None = None) -> pa.Array:
        """Codes as a dictionary array of strings; null where ``hidden``."""
        return pa.DictionaryArray.from_arrays(pa.array(codes, mask=hidden), self.words)


@cache
def categories_of(column: Column) -> Categories:
    """The words of a string column; code 0 of an M column is `MISSING`."""
    words, weights = _masked(column.name) if column.is_masked else _known(column.name)
    filled = np.searchsorted(np.cumsum(weights) / sum(weights), (np.arange(_SLOTS) + 0.5) / _SLOTS)
    return Categories(pa.array(words), filled.astype(np.int16))


def _known(name: str) -> tuple[list[str], list[float]]:
    choices = [choice.rsplit(" ", 1) for choice in _CHOICES[name].split("|")]
    return [word for word, _ in choices], [float(weight) for _, weight in choices]


def _masked(name: str) -> tuple[list[str], list[float]]:
    """Codes in the manner of ``P94_109_143``; frequencies fall as 1 / rank."""
    few = 5 + crc32(name.encode()) % 20
    count = next((size for part, size in _LARGE.items() if part in name), few)
    seeds = [crc32(f"{name}{rank}".encode()) for rank in range(count)]
    words = [f"P{seed % 220}_{seed // 220 % 165}_{seed // 36_300 % 195}" for seed in seeds]
    missing = _RARELY_GIVEN.get(name, 1 / 3)
    ranks = 1 / np.arange(1, count + 1)
    return [MISSING, *words], [missing, *((1 - missing) * ranks / ranks.sum())]
