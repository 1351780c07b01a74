"""Whether what ``[fee_income]`` and ``good_fee_income`` name is there, and of the right kind."""

from __future__ import annotations

from collections.abc import Iterator

from engine.book import Book, Table
from engine.errors import did_you_mean
from engine.exclusion import unknown_columns
from engine.expressions import AS_OF
from engine.fee_income import FeeIncomeConfig
from engine.fit.target_config import TargetConfig

_DATES = ("date", "datetime")
_NUMBERS = ("int64", "float64")


def fee_problems(book: Book) -> Iterator[str]:
    """Contradictions between ``[fee_income]`` and the tables, a line each."""
    fees = book.fee_income
    if fees is None:
        return
    yield from _event_problems(book, fees)
    yield from _tariff_problems(book, fees)
    yield from _card_problems(book, fees)
    customers = book.customers_table
    known = [book.book.key, AS_OF] if customers.order else [AS_OF, *customers.columns]
    yield from unknown_columns(fees.exclude, known, "fee_income.exclude")
    of_scorecard = book.fit.scorecard.target if book.fit.scorecard else None
    for place, target in (("target", book.target), ("fit.scorecard.target", of_scorecard)):
        if target and target.table and target.table in (fees.events, fees.cards):
            yield (
                f"{place}.table: '{target.table}' says what happened later, so no fee income may "
                "come from it"
            )


def fee_target_problems(book: Book, target: TargetConfig, place: str) -> Iterator[str]:
    """Whether ``target``, the section ``place``, can be told by fee income."""
    if not target.by_fees:
        return
    if book.fee_income is None:
        yield f"{place}.good_fee_income: the book has no [fee_income]"
        return
    name = book.fee_income.events
    table = book.tables.get(name)
    if table is not None and table.after_as_of != "drop" and not target.same_window:
        yield (
            f"{place}.good_fee_income: the fees after the as-of date say who is good, so features "
            f'must leave them out: tables.{name}.after_as_of = "drop"'
        )


def _event_problems(book: Book, fees: FeeIncomeConfig) -> Iterator[str]:
    name, place = fees.events, "fee_income.events"
    table = book.tables.get(name)
    if table is None or table.lookup:
        yield f"{place}: no table '{name}' with customers{did_you_mean(name, book.tables)}"
        return
    if name == book.book.customers and table.order is None:
        yield f"{place}: the customers table has one row per customer, which is not one per fee"
    if table.event_date is None:
        yield f"{place}: table '{name}' has no date: give date, or a date as order"
    elif table.columns[table.event_date].nullable:
        yield f"tables.{name}.columns.{table.event_date}: a fee's date cannot be nullable"
    yield from _column(table, name, "fee_type", fees.fee_type, ("string",))
    if fees.number is not False:
        yield from _column(table, name, "number", fees.number, ("int64",))


def _tariff_problems(book: Book, fees: FeeIncomeConfig) -> Iterator[str]:
    name = fees.tariffs
    table = book.tables.get(name)
    if table is None or not table.lookup:
        hint = did_you_mean(name, book.tables)
        yield f"fee_income.tariffs: '{name}' is not a table with lookup = true{hint}"
        return
    yield from _column(table, name, "fee_type", fees.fee_type, ("string",))
    yield from _column(table, name, "tariff", fees.tariff, _NUMBERS)
    yield from _column(table, name, "periodicity", fees.periodicity, ("string", *_NUMBERS))


def _card_problems(book: Book, fees: FeeIncomeConfig) -> Iterator[str]:
    name = fees.cards or book.book.customers
    table = book.tables.get(name)
    if table is None or table.lookup:
        yield f"fee_income.cards: no table '{name}' with customers{did_you_mean(name, book.tables)}"
        return
    if name == book.book.customers:
        table = book.customers_table
        if fees.cards is None and table.order is not None:
            yield "fee_income.cards: needed where customers have many rows in their own table"
        if fees.cards is not None and table.order is None:
            yield f"fee_income.cards: leave it out where '{name}' has one row per customer"
    yield from _column(table, name, "activated_on", fees.activated_on, _DATES)


def _column(
    table: Table, name: str, key: str, column: str, types: tuple[str, ...]
) -> Iterator[str]:
    """``fee_income.<key>`` is a stored column of one of ``types``."""
    if column not in table.columns:
        hint = did_you_mean(column, table.columns)
        yield f"fee_income.{key}: table '{name}' has no column '{column}'{hint}"
    elif (found := table.columns[column].type) not in types:
        kinds = " or ".join(types)
        yield f"tables.{name}.columns.{column}: fee_income.{key} is {kinds}, not {found}"
    elif column in table.derive:
        yield (
            f"tables.{name}.derive: fee_income.{key} reads '{column}' as it is stored; derive a "
            "column of another name"
        )
