"""The SQL of a strategy gives what a run with it publishes, whatever the customers are like."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import duckdb
import polars as pl
import pytest
from artefact_cases import KEY, pricing, published, strategy_files
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BookError
from engine.evaluate import EconomicsConfig, Pricing
from engine.evaluate.strategy_file import CellOffer, GradeBound, StrategyFile
from engine.strategy.file.sql import Money, Source, literal, quoted, strategy_select

OFFER = ["segment", "grade", "pd", "rate", "limit", "approve"]
BANK = duckdb.connect()
AMOUNTS = ["take_up", "margin", "exposure", "expected_loss", "expected_profit"]


def answer(sql: str, **tables: pl.DataFrame) -> pl.DataFrame:
    with duckdb.connect() as bank:
        for name, frame in tables.items():
            bank.register("given", frame.to_arrow())
            bank.execute(f"create table {quoted(name)} as select * from given")
        return pl.DataFrame(bank.sql(sql).to_arrow_table())


def selected(rows: pl.DataFrame, strategy: StrategyFile, priced: Pricing) -> pl.DataFrame:
    source = Source("run", KEY, caps=bool(priced.strategy.caps))
    sql = strategy_select(strategy, source, Money(priced, frozenset({"pd", "p"})))
    return answer(sql, run=rows).sort(KEY)


def assert_bits(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Equal to the bit, nulls too."""
    assert found.equals(expected.select(found.columns), null_equal=True)


def assert_near(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    for name in AMOUNTS:
        assert found[name].is_null().equals(expected[name].is_null()), name
        far = (found[name] - expected[name]).abs() > 1e-9 * expected[name].abs()
        assert not far.any(), (name, found.filter(far), expected.filter(far))


@settings(max_examples=25)
@given(st.integers(0, 10**6), strategy_files(), st.booleans())
def test_as_a_run(seed: int, strategy: StrategyFile, caps: bool) -> None:
    priced = pricing(caps=caps)
    expected = published(seed, replace(priced, file=strategy))
    found = selected(published(seed, priced), strategy, priced)
    assert found.columns == [KEY, *OFFER, *AMOUNTS]
    assert_bits(found.select(KEY, *OFFER), expected)
    assert_near(found, expected)


@settings(max_examples=15)
@given(st.integers(0, 10**6), strategy_files(), strategy_files())
def test_after_a_run_with_another_strategy(
    seed: int, before: StrategyFile, strategy: StrategyFile
) -> None:
    """Whom the other one had no offer for, this one may have."""
    priced = pricing(propensity="p")
    expected = published(seed, replace(priced, file=strategy))
    found = selected(published(seed, replace(priced, file=before)), strategy, priced)
    assert_bits(found.select(KEY, *OFFER), expected)
    assert_near(found, expected)


@settings(max_examples=15)
@given(st.integers(0, 10**6), strategy_files())
def test_adverse_selection(seed: int, strategy: StrategyFile) -> None:
    shift = {"rate": 4.0, "log_limit": 0.2, "reference_rate": 0.1, "reference_limit": 900}
    economics = EconomicsConfig.model_validate(
        {"mode": "source", "funding_cost": 0.03, "lgd": 0.5, "adverse_selection": shift}
    )
    priced = replace(pricing(), economics=economics)
    expected = published(seed, replace(priced, file=strategy))
    assert_near(selected(published(seed, priced), strategy, priced), expected)


ONE = StrategyFile(
    kind="strategy",
    book='small\n"; drop table run; --',
    currency="EUR",
    grades=(GradeBound(grade="A"),),
    offers=(CellOffer(segment="north", grade="A", approve=True, rate=0.1, limit=900.0),),
)


def test_without_a_key_all_that_no_offer_changes_is_passed_on() -> None:
    rows = published(1, pricing()).with_columns(extra=pl.lit("as it was"), economic_profit=7.0)
    found = answer(strategy_select(ONE, Source("run")), run=rows)
    assert found.columns == [KEY, "p", "limit_cap", "group", "extra", "economic_profit", *OFFER]
    assert found["extra"].unique().to_list() == ["as it was"]


@pytest.mark.parametrize("table", ["run", 'od"d', "select", "Ünï te"])
def test_names_of_tables(table: str) -> None:
    rows = published(1, pricing())
    found = answer(strategy_select(ONE, Source(table, KEY)), **{table: rows})
    assert found.height == rows.height


def test_a_table_with_a_schema() -> None:
    with duckdb.connect() as bank:
        bank.execute("create schema risk")
        bank.execute("create table risk.run as select 0.1::DOUBLE pd, 'north' segment, "
                     "5::DOUBLE limit_cap, null::VARCHAR knock_out, 7 id")  # fmt: skip
        rows = bank.execute(strategy_select(ONE, Source("risk.run", "id"))).fetchall()
    assert rows == [(7, "north", "A", 0.1, 0.1, 5.0, True)]


@pytest.mark.parametrize(
    ("pd", "cap", "knock_out", "segment", "offered"),
    [
        (0.3, 500.0, None, "north", (0.1, 500.0, True)),
        (0.3, 5000.0, None, "north", (0.1, 900.0, True)),
        (0.3, 0.0, None, "north", (0.1, 0.0, True)),
        (0.3, -5.0, None, "north", (0.1, 0.0, True)),
        (None, 500.0, "no pd", "north", (0.1, 500.0, False)),
        (math.nan, 500.0, None, "north", (0.1, 500.0, False)),
        (0.3, None, "no cap", "north", (0.1, None, False)),
        (0.3, None, "no limit", "north", (0.1, None, False)),
        (0.3, 500.0, "staff", "north", (0.1, 500.0, False)),
        (0.3, 500.0, "no offer", "north", (0.1, 500.0, True)),
        (0.3, 500.0, "no rate", "north", (0.1, 500.0, True)),
        (0.3, 500.0, "no limit", "north", (0.1, 500.0, True)),
        (0.3, 500.0, "strategy not in force", "north", (0.1, 500.0, True)),
        (0.3, 500.0, None, "south", (None, None, False)),
        (0.3, 500.0, None, None, (None, None, False)),
    ],
)
def test_single_customers(
    pd: float | None, cap: float | None, knock_out: str | None, segment: str | None, offered: object
) -> None:
    row = {"id": 1, "pd": pd, "limit_cap": cap, "knock_out": knock_out, "segment": segment}
    types = {"pd": pl.Float64, "limit_cap": pl.Float64, "knock_out": pl.String}
    table = pl.DataFrame([row], schema_overrides=types | {"segment": pl.String})
    found = answer(strategy_select(ONE, Source("run", "id")), run=table)
    assert found.select("rate", "limit", "approve").row(0) == offered


def test_all_declined() -> None:
    """A column of nothing but NULL is still one of numbers."""
    none = CellOffer(segment="north", grade="A", approve=False)
    sql = strategy_select(ONE.model_copy(update={"offers": (none,)}), Source("run", KEY))
    found = answer(sql, run=published(1, pricing()))
    assert found.schema["rate"] == found.schema["limit"] == pl.Float64
    assert not found["approve"].any()


def read_back(value: str | float) -> object:
    with BANK.cursor() as bank:
        (row,) = bank.execute(f"select {literal(value)}").fetchall()
    return row[0]


@given(st.floats(allow_nan=False))
def test_floats_read_back(value: float) -> None:
    found = read_back(value)
    assert isinstance(found, float)
    assert (found, math.copysign(1, found)) == (value, math.copysign(1, value))


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_text_reads_back(value: str) -> None:
    assert read_back(value) == value


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_impossible_names(name: str) -> None:
    with pytest.raises(BookError, match="cannot be"):
        strategy_select(ONE, Source(name))


def test_an_impossible_segment() -> None:
    offer = ONE.offers[0].model_copy(update={"segment": "a\0b"})
    with pytest.raises(BookError, match="cannot be written in SQL"):
        strategy_select(ONE.model_copy(update={"offers": (offer,)}), Source("run"))


def test_what_sql_cannot_say() -> None:
    economics = EconomicsConfig(mode="cashflow", funding_cost=0.03, lgd=0.5, term_months=12)
    cases = [
        (replace(pricing(), economics=economics), 'the economics are of mode "cashflow"'),
        (pricing(propensity="seen"), "a feature that a run does not publish"),
        (replace(pricing(), take_up=replace(pricing().take_up, form="market")), '"market"'),
    ]
    for priced, reason in cases:
        sql = strategy_select(ONE, Source("run", KEY), Money(priced, frozenset({"pd", "p"})))
        assert f"{reason}" in sql.split("WITH")[0]
        found = answer(sql, run=published(1, pricing()))
        assert found.columns == [KEY, *OFFER]


def test_comments_say_when_it_is_in_force() -> None:
    dated = ONE.model_copy(update={"effective_from": date(2026, 1, 1)})
    head = strategy_select(dated, Source("run")).split("WITH")[0]
    assert "In force from 2026-01-01 until further notice" in head
    assert all(line.startswith("-- ") for line in head.splitlines())
