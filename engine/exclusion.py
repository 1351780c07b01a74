"""Rules that leave customers out, each with a reason by which they are counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from engine.date_differences import with_days
from engine.errors import BookError, did_you_mean
from engine.expressions import columns_of, row_expression


class ExcludeRule(BaseModel):
    """Customers for whom ``when`` (SQL over the customers table) holds are left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=1)
    when: str = Field(min_length=1)


def check_reasons(rules: Iterable[ExcludeRule]) -> None:
    """Raises ValueError where two rules have the same reason."""
    reasons = [rule.reason for rule in rules]
    if len(set(reasons)) < len(reasons):
        raise ValueError("a reason of exclude occurs twice")


def unknown_columns(
    rules: Iterable[ExcludeRule], known: Collection[str], place: str
) -> Iterator[str]:
    """A line for every column that a rule of the section ``place`` reads and that is not ``known``.

    Raises BookError where a rule cannot be read.
    """
    for rule in rules:
        where = f"{place} '{rule.reason}'"
        for column in columns_of(rule.when, where):
            if column not in known:
                hint = did_you_mean(column, known)
                yield f"{where}: the customers table has no column '{column}'{hint}"


def first_reason(rules: Sequence[ExcludeRule], customers: pl.DataFrame, place: str) -> pl.Series:
    """The reason of the first rule that holds for each row; null where none does.

    ``place`` is the section of the book, for messages. A condition that is null does not hold.

    Raises
    ------
    BookError
        A column is not there, or a rule is not a condition.
    """
    found = [
        pl.when(_condition(rule, customers, f"{place} '{rule.reason}'")).then(pl.lit(rule.reason))
        for rule in rules
    ]
    nobody = pl.repeat(None, customers.height, dtype=pl.String)
    return customers.select(pl.coalesce(*found, nobody).alias("reason")).to_series()


def _condition(rule: ExcludeRule, customers: pl.DataFrame, place: str) -> pl.Series:
    condition = row_expression(rule.when, place)
    for column in condition.meta.root_names():
        if column not in customers.columns:
            hint = did_you_mean(column, customers.columns)
            raise BookError(f"{place}: the customers table has no column '{column}'{hint}")
    try:
        condition = with_days(condition, customers.schema)
        holds = customers.lazy().select(condition).collect(engine="in-memory").to_series()
    except pl.exceptions.PolarsError as exc:
        problem = str(exc).splitlines()[0]
        raise BookError(f"{place}: cannot evaluate '{rule.when}': {problem}") from exc
    if holds.dtype != pl.Boolean:
        raise BookError(f"{place}: '{rule.when}' is not a condition: it gives {holds.dtype}")
    return holds
