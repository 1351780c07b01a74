"""The book: ``book.toml`` as one frozen object, composed of the sections that each stage owns.

``engine.book_file`` reads it. Whether the files are there and hold what is declared is for the
stages to find out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.aggregate.config import RecipeConfig, ShapeConfig
from engine.aggregate.recipe import Feature, expand
from engine.errors import BookError
from engine.evaluate.config import StrategyConfig
from engine.evaluate.economics import EconomicsConfig
from engine.evaluate.take_up import TakeUpConfig
from engine.expressions import AS_OF, columns_of
from engine.fee_income import FeeIncomeConfig
from engine.fit.config import FitConfig
from engine.fit.market_config import MarketConfig
from engine.fit.target_config import TargetConfig
from engine.ingest.config import IngestConfig, TableConfig
from engine.presets import PresetConfig
from engine.publish.config import OutputConfig
from engine.score.config import ModelConfig
from engine.strategy.config import OptimiseConfig


class BookSection(BaseModel):
    """``[book]``: what the book is about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[\w.-]+$")
    customers: str = "customers"
    key: str
    segment: str | None = None
    as_of: date | None = None
    as_of_column: str | None = None
    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")

    @model_validator(mode="after")
    def _one_as_of(self) -> BookSection:
        if (self.as_of is None) == (self.as_of_column is None):
            raise ValueError("give either as_of or as_of_column")
        return self


class Table(TableConfig, ShapeConfig):
    """``[tables.<name>]``: where the rows lie and what they hold, and what is derived from them."""

    @property
    def joined_columns(self) -> tuple[str, ...]:
        """Columns after joins, before derivation."""
        return (*self.columns, *(name for join in self.join for name in join.columns))

    @property
    def shaped_columns(self) -> tuple[str, ...]:
        """Columns after joins and derivation; a derived column may replace one that it reads."""
        known = self.joined_columns
        return (*known, *(name for name in self.derive if not self._replaces(name, known)))

    def _replaces(self, name: str, known: Collection[str]) -> bool:
        return name in known and name in columns_of(self.derive[name], f"derive.{name}")

    @property
    def ordering(self) -> tuple[str, ...]:
        """What says which row comes after which, and when: order, tie, date."""
        named = (self.order, self.tie, self.event_date)
        return tuple(dict.fromkeys(name for name in named if name))


class Book(BaseModel):
    """The whole file. ``folder`` is where it lies; its paths are relative to that.

    What ``preset`` stands for is in the other sections already. A book without ``strategy`` prices
    nothing: its runs publish scores.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    book: BookSection
    preset: PresetConfig | None = None
    ingest: IngestConfig = IngestConfig()
    tables: dict[str, Table]
    recipe: tuple[RecipeConfig, ...] = ()
    features: dict[str, str] = {}
    fee_income: FeeIncomeConfig | None = None
    models: dict[str, ModelConfig]
    economics: EconomicsConfig | None = None
    strategy: StrategyConfig | None = None
    take_up: TakeUpConfig = TakeUpConfig()
    optimise: OptimiseConfig = OptimiseConfig()
    target: TargetConfig | None = None
    fit: FitConfig = FitConfig()
    market: MarketConfig | None = None
    output: OutputConfig = OutputConfig()
    folder: Path = Field(default=Path(), exclude=True)

    @cached_property
    def aggregates(self) -> tuple[Feature, ...]:
        """The recipe, spelled out."""
        return expand(self.recipe, {name: table.prefix for name, table in self.tables.items()})

    @cached_property
    def event_tables(self) -> dict[str, Table]:
        """Tables with many rows per customer that the recipe reads."""
        used = {recipe.table for recipe in self.recipe}
        return {name: table for name, table in self.tables.items() if name in used}

    @cached_property
    def side_tables(self) -> dict[str, Table]:
        """Further tables with one row per customer; their columns are features too."""
        return {
            name: table
            for name, table in self.tables.items()
            if not (table.order or table.lookup)
            and name not in (self.book.customers, *(target.table for target in self.targets))
        }

    @cached_property
    def fee_tables(self) -> dict[str, Table]:
        """The tables that fee income is made of, besides customers and tariffs."""
        fees = self.fee_income
        used = (fees.events, fees.cards) if fees else ()
        others = {n: table for n, table in self.tables.items() if n != self.book.customers}
        return {name: table for name, table in others.items() if name in used}

    @cached_property
    def lookup_tables(self) -> dict[str, Table]:
        """Lookup tables that some table which is read joins, and the tariffs."""
        used = [join.table for table in self.run_tables.values() for join in table.join]
        used += [self.fee_income.tariffs] if self.fee_income else []
        return {name: self.tables[name] for name in dict.fromkeys(used)}

    @cached_property
    def customers_table(self) -> Table:
        """The customers table without the columns of targets, which no run reads."""
        table = self.tables[self.book.customers]
        outcomes = [target.column for target in self.targets]
        columns = {name: c for name, c in table.columns.items() if name not in outcomes}
        return table.model_copy(update={"columns": columns})

    @cached_property
    def run_tables(self) -> dict[str, Table]:
        """Tables with customers that a run reads: customers, side, event and fee tables."""
        customers = {self.book.customers: self.customers_table}
        return customers | self.side_tables | self.event_tables | self.fee_tables

    @cached_property
    def feature_columns(self) -> tuple[str, ...]:
        """Names a model, a rule or the strategy can refer to."""
        return tuple(_feature_columns(self))

    @property
    def targets(self) -> tuple[TargetConfig, ...]:
        """All that says what became of customers: no feature comes from there."""
        of_scorecard = self.fit.scorecard.target if self.fit.scorecard else None
        return tuple(target for target in (self.target, of_scorecard) if target)

    def outcome_features(self, target: TargetConfig) -> list[str]:
        """Features that are the outcome itself, or made of it in ``[features]``: fee income, where
        that up to the as-of date says who is good."""
        if not target.same_window or self.fee_income is None:
            return []
        found = list(self.fee_income.incomes)
        for name, sql in self.features.items():
            if not set(found).isdisjoint(columns_of(sql, f"features.{name}")):
                found.append(name)
        return found


def _feature_columns(book: Book) -> Iterator[str]:
    """Names in the order in which aggregation makes them; each once."""
    key = book.book.key
    yield key
    seen = {key, AS_OF}
    for name in (book.book.customers, *book.side_tables):
        table = book.run_tables[name]
        if table.order is None:
            columns = (table.prefix + column for column in table.shaped_columns if column != key)
            hint = "" if name == book.book.customers else "; give it a prefix"
            yield from _once(columns, seen, f"table '{name}'", hint)
    if book.fee_income is not None:
        yield from _once(book.fee_income.columns, seen, "[fee_income]")
    yield from _once((feature.name for feature in book.aggregates), seen, "the recipe")
    yield from _once(book.features, seen, "[features]")


def _once(names: Iterable[str], seen: set[str], maker: str, hint: str = "") -> Iterator[str]:
    for name in names:
        if name in seen:
            raise BookError(f"{maker} makes a feature '{name}' that is there already{hint}")
        seen.add(name)
        yield name
