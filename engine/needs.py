"""What a run needs of its book: the features that something reads, and what these are made of.

    models, rules, offers ──▶ features ──▶ aggregates ──▶ columns of tables
                              (through [features], derived columns, row filters, joins, lookups)

Nothing else is computed, and no other column is read, so a feature's bits cannot depend on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from engine.aggregate import Feature
from engine.aggregate.config import JoinConfig
from engine.aggregate.recipe import cross_sectional
from engine.book import Book, Table
from engine.book_references import references
from engine.expressions import AS_OF, columns_of
from engine.fee_income import FeeIncomeConfig


@dataclass(frozen=True)
class Needs:
    """Tables, aggregates and expressions of a book, or those of them that a run needs.

    ``tables``: with customers, the customers table first. ``lookups``: what they join. Of both,
    columns, joins and derived columns are those that are needed. ``aggregates``: in the recipe's
    order. ``expressions``: of ``[features]``. ``fee_income`` of a book is published, so a run of a
    book that has it needs it.
    """

    key: str
    tables: Mapping[str, Table]
    lookups: Mapping[str, Table]
    aggregates: tuple[Feature, ...]
    expressions: Mapping[str, str]
    fee_income: FeeIncomeConfig | None = None

    @property
    def read(self) -> dict[str, Table]:
        """All tables that are opened."""
        return {**self.tables, **self.lookups}

    @cached_property
    def event_tables(self) -> dict[str, Table]:
        """Tables with many rows per customer that are aggregated."""
        used = {feature.table for feature in self.aggregates}
        return {name: table for name, table in self.tables.items() if name in used}

    @property
    def cross_sectional(self) -> tuple[Feature, ...]:
        """Aggregates that are ranks over all customers."""
        return tuple(feature for feature in self.aggregates if cross_sectional(feature))

    def only(self, aggregates: tuple[Feature, ...]) -> Needs:
        """The same tables with all their columns; derived is only what ``aggregates`` rest on."""
        tables = {}
        for name, table in self.tables.items():
            columns = {feature.column for feature in aggregates if feature.table == name}
            derive, _ = _needed(table.derive, columns, f"tables.{name}.derive")
            tables[name] = table.model_copy(update={"derive": derive, "windows": {}})
        return replace(self, tables=tables, aggregates=aggregates, expressions={})

    @cached_property
    def one_row_tables(self) -> dict[str, Table]:
        """Tables with one row per customer, whose columns are features."""
        return {name: table for name, table in self.tables.items() if table.order is None}

    @property
    def features(self) -> int:
        """How many columns a customer's row of features has, the key among them."""
        columns = sum(len(table.shaped_columns) - 1 for table in self.one_row_tables.values())
        fees = len(self.fee_income.columns) if self.fee_income else 0
        return 1 + columns + fees + len(self.aggregates) + len(self.expressions)


def whole(book: Book) -> Needs:
    """All that the book makes, which ``nightbook fit`` offers to a model to come."""
    tables, lookups = book.run_tables, book.lookup_tables
    key, fees = book.book.key, book.fee_income
    return Needs(key, tables, lookups, book.aggregates, book.features, fees)


def needs_of(book: Book, required: Mapping[str, Iterable[str]]) -> Needs:
    """What the book's models, rules and published columns read.

    Parameters
    ----------
    required : by model, the features that its splits or coefficients read.

    A table that none of it lies in is not opened, but for the customers table, which says who the
    customers are. With ``[ingest] check = "declared"`` the tables that are opened keep all their
    columns.
    """
    roots = {name for names in required.values() for name in names}
    roots.update(_read_by_offers(book))
    expressions, wanted = _needed(book.features, roots, "features")
    aggregates = tuple(feature for feature in book.aggregates if feature.name in wanted)
    tables = {}
    for name, table in book.run_tables.items():
        used = _with_used_filters(table, name, aggregates)
        columns = set(_columns_wanted(used, name, wanted, aggregates))
        columns.update(_read_by_fee_income(book, name))
        if columns or name == book.book.customers:
            tables[name] = _narrowed(book, used, columns, set(_always(book, name, table)))
    lookups = _lookups(book, tables)
    return Needs(book.book.key, tables, lookups, aggregates, expressions, book.fee_income)


def _read_by_offers(book: Book) -> Iterator[str]:
    """Names that rules, offers and published columns refer to."""
    yield from (name for _, name in references(book))
    propensity = book.take_up.propensity
    if propensity is not None and propensity not in {m.predicts for m in book.models.values()}:
        yield propensity


def _needed(
    expressions: Mapping[str, str], wanted: Collection[str], place: str
) -> tuple[dict[str, str], set[str]]:
    """The expressions that ``wanted`` names rest on, and the names that these rest on.

    From the last to the first, since one reads what was made before it; one that replaces a column
    reads that column itself, so that it stays wanted.
    """
    kept, names = dict[str, str](), set(wanted)
    for name in reversed(list(expressions)):
        if name in names:
            kept[name] = sql = expressions[name]
            names = (names - {name}) | set(columns_of(sql, f"{place}.{name}"))
    return dict(reversed(kept.items())), names


def _with_used_filters(table: Table, name: str, aggregates: Iterable[Feature]) -> Table:
    """``table`` with the row filters that its aggregates name."""
    used = {feature.window.name for feature in aggregates if feature.table == name}
    windows = {window: sql for window, sql in table.windows.items() if window in used}
    return table.model_copy(update={"windows": windows})


def _columns_wanted(
    table: Table, name: str, wanted: Collection[str], aggregates: Iterable[Feature]
) -> Iterator[str]:
    """Columns of a shaped table that are features, are aggregated, or filter what is aggregated."""
    if table.order is None:
        yield from (c for c in table.shaped_columns if table.prefix + c in wanted)
    yield from (feature.column for feature in aggregates if feature.table == name)
    for window, sql in table.windows.items():
        yield from columns_of(sql, f"tables.{name}.windows.{window}")


def _read_by_fee_income(book: Book, name: str) -> Iterator[str]:
    """Columns of a table that fee income is made of."""
    fees = book.fee_income
    if fees is None:
        return
    if name == fees.events:
        yield from filter(None, (fees.fee_type, fees.number))
    if name == (fees.cards or book.book.customers):
        yield fees.activated_on
    if name == fees.tariffs:
        yield from (fees.fee_type, fees.tariff, fees.periodicity)
    if name == book.book.customers:
        for rule in fees.exclude:
            place = f"fee_income.exclude '{rule.reason}'"
            yield from (c for c in columns_of(rule.when, place) if c != AS_OF)


def _always(book: Book, name: str, table: Table) -> Iterator[str]:
    """Columns that say which rows there are, in which order, and when."""
    roles = [book.book.key, table.order, table.tie, table.date, table.known_at, *table.unique]
    if name == book.book.customers:
        roles.append(book.book.as_of_column)
    yield from filter(None, roles)


def _narrowed(book: Book, table: Table, wanted: set[str], always: set[str]) -> Table:
    """``table`` without the columns, joins and derived columns that ``wanted`` does not rest on."""
    all_columns = book.ingest.check == "declared"
    derive, names = _needed(table.derive, wanted, "derive")
    joins = tuple(_narrowed_joins(table.join, names))
    kept = names | always | {join.on for join in joins}
    columns = {n: c for n, c in table.columns.items() if all_columns or n in kept}
    return table.model_copy(update={"columns": columns, "join": joins, "derive": derive})


def _narrowed_joins(joins: Iterable[JoinConfig], names: Collection[str]) -> Iterator[JoinConfig]:
    for join in joins:
        columns = tuple(column for column in join.columns if column in names)
        if columns:
            yield join.model_copy(update={"columns": columns})


def _lookups(book: Book, tables: Mapping[str, Table]) -> dict[str, Table]:
    """The lookup tables that ``tables`` join, and the tariffs, in the book's order."""
    wanted = {name: set(_read_by_fee_income(book, name)) for name in book.lookup_tables}
    for table in tables.values():
        for join in table.join:
            wanted[join.table].update((join.on, *join.columns))
    return {
        name: _narrowed(book, table, wanted[name], set(table.unique))
        for name, table in book.lookup_tables.items()
        if wanted[name]
    }
