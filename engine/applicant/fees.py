"""What a run says of an applicant's fees before any is charged: how long, and why not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from engine.applicant.stages import no_rows
from engine.book import Book
from engine.expressions import AS_OF, columns_of
from engine.fee_income import FeeIncome, Tariffs, fee_income
from engine.fee_income.config import EXCLUDED, SHORT, TENURE

_NO_TARIFFS = Tariffs((), np.empty(0), np.empty(0))


def known_of_fees(book: Book, customer: pl.DataFrame) -> dict[str, Any]:
    """Tenure, whether it is short, and why excluded, as in a run, by the name of the feature; empty
    in a book without fee income. Incomes are unknown: no fee is there to be counted.

    ``customer``: one row of the customers table, with ``AS_OF``.
    """
    config = book.fee_income
    if config is None:
        return {}
    names = (config.events, *([config.cards] if config.cards else ()))
    day = pl.lit(None, pl.Date).alias(AS_OF)
    tables = {name: no_rows(book.tables[name]).with_columns(day) for name in names}
    date = str(book.tables[config.events].event_date)
    untyped = config.model_copy(update={"types": ()})
    using = FeeIncome(untyped, _NO_TARIFFS, book.book.key, book.book.customers, date)
    made = fee_income(using, customer, tables)
    return made.columns.select(TENURE, SHORT, EXCLUDED).row(0, named=True)


def read_by_fees(book: Book, name: str) -> list[str]:
    """The columns of customers that ``name`` is made of, if it is a feature of fee income."""
    config = book.fee_income
    if config is None:
        return []
    since = [] if config.cards else [config.activated_on, AS_OF]
    excluded = [
        column
        for rule in config.exclude
        for column in columns_of(rule.when, f"fee_income.exclude '{rule.reason}'")
    ]
    return {TENURE: since, SHORT: since, EXCLUDED: excluded}.get(name, [])
