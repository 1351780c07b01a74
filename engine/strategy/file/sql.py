"""A strategy as one SELECT of DuckDB: the offer to every row of a published run, or of its like.

Steps, each a common table expression that adds a column: grade by PD, offer by segment and grade,
then, where SQL can say it, take-up (``kernels.demand``, form LOGISTIC) and what the offer brings
(``kernels.profit``, mode SOURCE). Offers are those of ``nightbook run`` to the last bit; amounts
differ in the last digits, for ``exp`` and ``ln`` are DuckDB's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import BookError
from engine.evaluate import Pricing
from engine.evaluate.config import PUBLISHED
from engine.evaluate.offers import OFFER_REASONS
from engine.evaluate.strategy_file import StrategyFile
from kernels.economics import Economics

_OF_THE_OFFER = (*PUBLISHED, "knock_out")
"""Columns of a run that another strategy would make anew, and those that are selected by name."""


@dataclass(frozen=True)
class Source:
    """Rows to price: a table (dotted names allowed) or a ``.parquet`` path or glob.

    It has the columns segment (text), pd (double), knock_out (text) and, with ``caps``, limit_cap
    (double). ``key``: passed on; None: so is every column that does not depend on the offer.
    """

    table: str
    key: str | None = None
    caps: bool = True


@dataclass(frozen=True)
class Money:
    """What prices the offers; ``scores``: columns that the book's models make."""

    pricing: Pricing
    scores: frozenset[str]

    @property
    def hindrance(self) -> str | None:
        """Why SQL cannot say what an offer brings; None where it can."""
        take_up, economics = self.pricing.take_up, self.pricing.economics
        propensity = take_up.config.propensity
        if take_up.form != "logistic":
            return f'take-up is of the form "{take_up.form}"'
        if economics.mode != "source":
            return f'the economics are of mode "{economics.mode}"'
        if propensity is not None and propensity not in self.scores:
            return "take-up rests on a feature that a run does not publish"
        return None


def strategy_select(strategy: StrategyFile, source: Source, money: Money | None = None) -> str:
    """The statement, one row per row of ``source``, without a semicolon.

    Columns: the key (or what is passed on), segment, grade, pd, rate, limit, approve; where
    ``money`` knows no hindrance also take_up, margin, exposure, expected_loss, expected_profit.

    Raises
    ------
    BookError
        A name cannot be written in SQL.
    """
    priced = money if money is not None and money.hindrance is None else None
    steps = [_offers(strategy), _graded(strategy, source), _offered(source, priced)]
    added = ["rate", "limit", "approve"]
    if priced is not None:
        steps[1:1] = [_demand(strategy, priced.pricing)]
        steps += [*_taken(), *_brought(priced.pricing.economics.constants)]
        added += ["take_up", "margin", "exposure", "expected_loss", "expected_profit"]
    chosen = [_passed_on(source), "segment", "nightbook_grade AS grade", "pd"]
    chosen += [f"nightbook_{name} AS {quoted(name)}" for name in added]
    last = steps[-1].split(" ", 1)[0]
    return "\n".join(
        [
            *(f"-- {line}" for line in _head(strategy, source, money)),
            "WITH " + ",\n".join(steps),
            "SELECT " + ", ".join(chosen),
            f"FROM {last}",
        ]
    )


def quoted(name: str) -> str:
    """A name as DuckDB reads it."""
    if not name or "\0" in name:
        raise BookError(f"{json.dumps(name)} cannot be the name of a table or column in SQL")
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | float | bool | None) -> str:
    """A value as DuckDB reads it back equal: a float by its text, since 0.1 alone is a decimal."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"'{float.__repr__(value)}'::DOUBLE"
    if "\0" in value:
        raise BookError(f"{json.dumps(value)} cannot be written in SQL")
    return "'" + value.replace("'", "''") + "'"


def _head(strategy: StrategyFile, source: Source, money: Money | None) -> Iterator[str]:
    """Comments; names by JSON, which leaves no line break in them."""
    book, currency = json.dumps(strategy.book), json.dumps(strategy.currency)
    yield f"For DuckDB 2: a strategy for the book {book}, amounts in {currency}."
    first, last = strategy.effective_from, strategy.effective_until
    if first or last:
        yield f"In force from {first or 'the beginning'} until {last or 'further notice'}: select"
        yield "customers of these days; the columns of a run do not say whose day is which."
    caps = "limit_cap (--no-caps: the table has none)" if source.caps else "no caps on the limit"
    yield f"Reads segment, pd, knock_out; {caps}."
    if money is not None and money.hindrance is not None:
        yield f"The offer only: {money.hindrance}, which only nightbook run computes."


def _values(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    listed = ",\n".join(f"    ({', '.join(map(literal, row))})" for row in rows)
    return f"{name} ({', '.join(map(quoted, columns))}) AS (\n  VALUES\n{listed}\n)"


def _offers(strategy: StrategyFile) -> str:
    columns = ("segment", "grade", "approve", "rate", "limit")
    rows = [[getattr(offer, name) for name in columns] for offer in strategy.offers]
    return _values("nightbook_offers", columns, rows)


def _demand(strategy: StrategyFile, pricing: Pricing) -> str:
    """Take-up's parameters by segment."""
    demand, _ = pricing.take_up.demand(
        strategy.segments, [g.grade for g in pricing.strategy.grades]
    )
    columns = ("intercept", "rate", "log_limit", "log_reference")
    vectors = [getattr(demand, name).tolist() for name in columns]
    rows = zip(strategy.segments, *vectors, strict=True)
    return _values("nightbook_demand", ("segment", *columns), rows)


def _graded(strategy: StrategyFile, source: Source) -> str:
    """NULL and NaN are not up to any bound: an unknown PD is of the last grade, as in a run."""
    *bounded, last = strategy.grades
    whens = "".join(
        f"\n    WHEN pd <= {literal(grade.max_pd)} THEN {literal(grade.grade)}" for grade in bounded
    )
    grade = f"CASE{whens}\n    ELSE {literal(last.grade)} END" if bounded else literal(last.grade)
    return (
        "nightbook_graded AS (\n"
        f"  SELECT *, {grade} AS nightbook_grade\n"
        f"  FROM {_relation(source.table)}\n)"
    )


def _offered(source: Source, money: Money | None) -> str:
    limit, known = 'o."limit"::DOUBLE', "r.pd IS NOT NULL AND NOT isnan(r.pd)"
    if source.caps:
        limit = (
            'CASE WHEN r.limit_cap IS NOT NULL AND o."limit" IS NOT NULL\n'
            '      THEN greatest(least(o."limit", r.limit_cap), 0) END'
        )
        known += " AND r.limit_cap IS NOT NULL"
    reasons = ", ".join(map(literal, OFFER_REASONS))
    columns, joined = ("", "") if money is None else _with_demand(money)
    return (
        "nightbook_offered AS (\n"
        f"  SELECT r.*, o.rate::DOUBLE AS nightbook_rate,\n    {limit} AS nightbook_limit,\n"
        "    -- reasons that speak of the run's own offer do not bind this strategy\n"
        f"    coalesce(o.approve, false) AND (r.knock_out IS NULL OR r.knock_out IN ({reasons}))\n"
        f"      AND {known} AS nightbook_approve{columns}\n"
        "  FROM nightbook_graded AS r\n"
        "  LEFT JOIN nightbook_offers AS o\n"
        f"    ON o.segment = r.segment AND o.grade = r.nightbook_grade{joined}\n)"
    )


def _with_demand(money: Money) -> tuple[str, str]:
    """The columns of the segment's take-up, and the join that gives them."""
    names = ("intercept", "rate", "log_limit", "log_reference")
    columns = [f"d.{name} AS nightbook_own_{name}" for name in names]
    columns.append(f"{_base(money.pricing.take_up.config.propensity)} AS nightbook_base")
    joined = "\n  LEFT JOIN nightbook_demand AS d ON d.segment = r.segment"
    return "".join(f",\n    {column}" for column in columns), joined


def _base(propensity: str | None) -> str:
    if propensity is None:
        return literal(0.0)
    share = f"coalesce(r.{quoted(propensity)}, 0.5)"
    return f"ln({share}) - ln(1 - {share})"


def _taken() -> Iterator[str]:
    """Nobody takes a limit of 0; without a rate or a limit nothing is known."""
    z = (
        "nightbook_base + nightbook_own_intercept + nightbook_own_rate * nightbook_rate\n"
        "      + nightbook_own_log_limit * (ln(nightbook_limit) - nightbook_own_log_reference)"
    )
    taken = (
        "CASE WHEN nightbook_rate IS NULL OR nightbook_limit IS NULL THEN NULL\n"
        "      WHEN nightbook_limit <= 0 THEN 0\n"
        "      WHEN nightbook_z >= 0 THEN 1 / (1 + exp(-nightbook_z))\n"
        "      ELSE exp(nightbook_z) / (1 + exp(nightbook_z)) END"
    )
    yield _step("nightbook_attracted", "nightbook_offered", {"z": z})
    yield _step("nightbook_taken", "nightbook_attracted", {"take_up": taken})


def _brought(e: Economics) -> Iterator[str]:
    """Of what is approved and lent; all else brings exactly 0. Mode SOURCE."""
    pd, before = "pd", "nightbook_taken"
    if e.alpha != 0.0 or e.beta != 0.0:
        odds = (
            f"exp({literal(e.alpha)} * (nightbook_rate - {literal(e.reference_rate)})\n"
            f"      + {literal(e.beta)} * (ln(nightbook_limit) - {literal(e.log_reference_limit)}))"
        )
        yield _step("nightbook_odds", before, {"odds": odds})
        pd, before = "nightbook_pd", "nightbook_shifted"
        shifted = "pd * nightbook_odds / (1 - pd + pd * nightbook_odds)"
        yield _step(before, "nightbook_odds", {"pd": shifted})
    lent = "CASE WHEN nightbook_approve AND nightbook_limit > 0\n      THEN {} ELSE 0 END"
    lgd, cost = literal(e.lgd), literal(e.margin_cost)
    margin = {"margin": f"nightbook_rate - {cost}"}
    exposure = {"exposure": lent.format("nightbook_take_up * nightbook_limit")}
    yield _step("nightbook_lent", before, margin | exposure)
    profit = f"nightbook_exposure * ((1 - {pd}) * nightbook_margin - {pd} * {lgd})"
    amounts = {"expected_loss": f"nightbook_exposure * {pd} * {lgd}", "expected_profit": profit}
    brought = {name: lent.format(amount) for name, amount in amounts.items()}
    yield _step("nightbook_brought", "nightbook_lent", brought)


def _step(name: str, before: str, added: dict[str, str]) -> str:
    columns = "".join(f",\n    {what} AS nightbook_{column}" for column, what in added.items())
    return f"{name} AS (\n  SELECT *{columns}\n  FROM {before}\n)"


def _relation(table: str) -> str:
    if table.endswith(".parquet"):
        return f"read_parquet({literal(table)})"
    return ".".join(map(quoted, table.split(".")))


def _passed_on(source: Source) -> str:
    if source.key is not None:
        return quoted(source.key)
    gone = ", ".join(map(literal, _OF_THE_OFFER))
    return f"COLUMNS(lambda c: c NOT IN ({gone}) AND NOT starts_with(c, 'nightbook_'))"
