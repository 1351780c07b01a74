"""The book: ``book.toml`` as one frozen object, composed of the sections that each stage owns.

``load_book`` answers every mistake of the file with one BookError. Whether the files are there and
hold what is declared is for the stages to find out.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.aggregate.config import RecipeConfig, ShapeConfig
from engine.aggregate.recipe import Feature, expand
from engine.book_checks import check_book
from engine.book_names import features
from engine.errors import BookError, InputMissingError
from engine.evaluate.config import EconomicsConfig, StrategyConfig, TakeUpConfig
from engine.fit.config import FitConfig, TargetConfig
from engine.ingest.config import IngestConfig, TableConfig
from engine.publish.config import OutputConfig
from engine.score.config import ModelConfig
from engine.strategy.config import OptimiseConfig
from engine.toml_errors import book_error


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
    def shaped_columns(self) -> tuple[str, ...]:
        """Columns after joins and derivation."""
        joined = [name for join in self.join for name in join.columns]
        return (*self.columns, *joined, *self.derive)


class Book(BaseModel):
    """The whole file. ``folder`` is where it lies; its paths are relative to that."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    book: BookSection
    ingest: IngestConfig = IngestConfig()
    tables: dict[str, Table]
    recipe: tuple[RecipeConfig, ...] = ()
    features: dict[str, str] = {}
    models: dict[str, ModelConfig]
    economics: EconomicsConfig
    strategy: StrategyConfig
    take_up: TakeUpConfig = TakeUpConfig()
    optimise: OptimiseConfig = OptimiseConfig()
    target: TargetConfig | None = None
    fit: FitConfig = FitConfig()
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
            if not (table.order or table.lookup) and name not in (self.book.customers, self._target)
        }

    @cached_property
    def lookup_tables(self) -> dict[str, Table]:
        """Lookup tables that some table which is read joins."""
        joins = [join.table for table in self.run_tables.values() for join in table.join]
        return {name: self.tables[name] for name in dict.fromkeys(joins)}

    @cached_property
    def customers_table(self) -> Table:
        """The customers table without the target's column, which no run reads."""
        table = self.tables[self.book.customers]
        outcome = self.target.column if self.target else None
        columns = {name: c for name, c in table.columns.items() if name != outcome}
        return table.model_copy(update={"columns": columns})

    @cached_property
    def run_tables(self) -> dict[str, Table]:
        """Tables with customers that a run reads: customers, side and event tables."""
        customers = {self.book.customers: self.customers_table}
        return customers | self.side_tables | self.event_tables

    @cached_property
    def feature_columns(self) -> tuple[str, ...]:
        """Names a model, a rule or the strategy can refer to."""
        return tuple(features(self))

    @property
    def _target(self) -> str | None:
        return self.target.table if self.target else None


def load_book(path: Path) -> Book:
    """Reads ``path``.

    Raises
    ------
    InputMissingError
        There is no such file.
    BookError
        It is not TOML, a key is unknown or missing, a value does not fit, or sections contradict
        each other; the message has a line for every problem.
    """
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as exc:
        raise InputMissingError(f"there is no book {path}") from exc
    except OSError as exc:
        raise InputMissingError(f"cannot read the book {path}: {exc.strerror}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise BookError(f"{path}: not TOML: {exc}") from exc
    if "folder" in raw:
        raise BookError(f"{path}: folder: unknown key")
    try:
        book = Book.model_validate({**raw, "folder": path.resolve().parent})
    except ValidationError as exc:
        raise book_error(exc, Book, str(path)) from exc
    check_book(book, path)
    return book
