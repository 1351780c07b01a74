"""Fees charged from activation to a year after the review, raw/fees.csv, and raw/tariffs.csv."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from engine.synth.blocks import BLOCK, FIRST_ID, Block, Stream
from engine.synth.card_fees.holders import USES, YEAR, Holders
from engine.synth.operations import running_number
from engine.synth.population import Integers


class Tariff(NamedTuple):
    """A fee: what it costs each time, and how often: once, month, year or use."""

    fee_type: str
    tariff: int
    periodicity: str


TARIFFS = (
    Tariff("card_issue", 500, "once"),
    Tariff("card_service", 1_500, "year"),
    Tariff("sms_service", 100, "month"),
    Tariff("atm_other_bank", 400, "use"),
    Tariff("statement_copy", 200, "use"),
    Tariff("late_payment", 500, "use"),
)
_FEES = [tariff.fee_type for tariff in TARIFFS]
_AMOUNT = {tariff.fee_type: tariff.tariff for tariff in TARIFFS}
_MONTHS = 12
_MOST = 999  # fee_id: customer x 1000 + number; some 50 are expected


class Uses(NamedTuple):
    """How often each fee of ``USES`` was charged: int64 (BLOCK, 3) each.

    ``earlier``: from activation to a year before the review; ``known``: in the year up to the
    review; ``outcome``: in the year after it.
    """

    earlier: Integers
    known: Integers
    outcome: Integers


class _Events(NamedTuple):
    owner: Integers
    fee: Integers  # index into TARIFFS
    day: Integers  # from the review, which is day 0
    number: Integers


def draw_uses(rng: np.random.Generator, holders: Holders) -> Uses:
    """Poisson numbers at the customer's yearly rates, independent from period to period."""
    return Uses(
        *(rng.poisson(holders.uses * (days / YEAR)[:, None]) for _, days in _periods(holders))
    )


def outcome_income(holders: Holders, uses: Uses) -> Integers:
    """(BLOCK,) fee income of the year after the review: that year's numbers times tariffs.

    Each product's service is charged once in any 365 days and SMS banking twelve times; issue fees
    lie before the review.
    """
    return fixed_income(holders) + uses.outcome @ use_tariffs()


def fixed_income(holders: Holders) -> Integers:
    """(BLOCK,) what does not depend on chance."""
    sms = _MONTHS * _AMOUNT["sms_service"] * holders.sms_banking
    return _AMOUNT["card_service"] * holders.products + sms


def use_tariffs() -> Integers:
    """(3,) tariffs of ``USES``."""
    return np.array([_AMOUNT[fee] for fee in USES])


def tariffs_frame() -> pl.DataFrame:
    """The lookup table: one row per fee type."""
    return pl.DataFrame(TARIFFS, schema=Tariff._fields, orient="row")


def charges_frame(block: Block, holders: Holders) -> pl.DataFrame:
    """Fee events, sorted by customer, date, id; ``number`` is how often the fee was charged.

    Service is one event with a number per product.
    """
    rng = block.generator(Stream.CHARGES)
    uses = draw_uses(rng, holders)
    parts = [_issue(holders), _service(holders), _sms(holders), *_used(rng, holders, uses)]
    owner, fee, day, number = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((fee, day, owner))
    owner, fee, day, number = owner[order], fee[order], day[order], number[order]
    ids = holders.customer_id[owner]
    running = running_number(np.bincount(owner, minlength=BLOCK))
    return pl.DataFrame(
        {
            "customer_id": ids,
            "fee_date": holders.reviewed_on[owner] + day,
            "fee_id": (ids - FIRST_ID) * (_MOST + 1) + running,
            "fee_type": pl.Series(_FEES)[fee],
            "number": number,
        }
    )


def _periods(holders: Holders) -> list[tuple[Integers, Integers]]:
    """First day and number of days of the periods of ``Uses``."""
    tenure = holders.tenure_days
    known = np.minimum(tenure, YEAR)
    return [
        (1 - tenure, tenure - known),
        (1 - known, known),
        (np.ones(BLOCK, np.int64), np.full(BLOCK, YEAR)),
    ]


def _used(rng: np.random.Generator, holders: Holders, uses: Uses) -> list[_Events]:
    """An event a use, on any day of its period."""
    parts = []
    for counts, (first, days) in zip(uses, _periods(holders), strict=True):
        owner, use = (
            np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape)
        )
        day = first[owner] + rng.integers(0, days[owner])
        fee = np.array([_FEES.index(fee) for fee in USES])[use]
        parts.append(_Events(owner, fee, day, np.ones_like(owner)))
    return parts


def _issue(holders: Holders) -> _Events:
    owner = np.arange(BLOCK)
    return _Events(owner, _fee("card_issue", owner), -holders.tenure_days, holders.products)


def _service(holders: Holders) -> _Events:
    owner, day = _recurring(holders, times_a_year=1)
    return _Events(owner, _fee("card_service", owner), day, holders.products[owner])


def _sms(holders: Holders) -> _Events:
    owner, day = _recurring(holders, times_a_year=_MONTHS)
    has = holders.sms_banking[owner] == 1
    owner, day = owner[has], day[has]
    return _Events(owner, _fee("sms_service", owner), day, np.ones_like(owner))


def _recurring(holders: Holders, *, times_a_year: int) -> tuple[Integers, Integers]:
    """Days after activation that repeat every 365, so that each year has as many; to day 365."""
    years = 1 + int(holders.tenure_days.max()) // YEAR
    after = np.arange(1, years * times_a_year + times_a_year + 1) * YEAR // times_a_year
    day = after[None, :] - holders.tenure_days[:, None]
    owner, event = np.nonzero(day <= YEAR)
    return owner, day[owner, event]


def _fee(fee_type: str, owner: Integers) -> Integers:
    return np.full_like(owner, _FEES.index(fee_type))
