"""Books over files in the layouts of the competitions, for what is measured of ours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

from benchmarks.aggregation.recipes import DATE, FIVE, KEY, RANKS, SIMPLE

PARTS = "parquet_files/train/train_credit_bureau_a_2_*.parquet"
BASE = "parquet_files/train/train_base.parquet"
BUREAU = "credit_bureau_a_2"
_NUMBERS = ("mean", "std", "min", "max", "first", "last")
_TEXT = ("count", "nunique", "last")
_SIX = [*FIVE, "last_valid"]


def simple_recipe(columns: Sequence[str]) -> list[dict[str, Any]]:
    """Five statistics of each column."""
    return [_recipe(columns, SIMPLE)]


def winning_recipe(columns: Sequence[str]) -> list[dict[str, Any]]:
    """29 aggregates of each column."""
    return [
        _recipe(columns, _SIX, of=["value", "diff"]),
        _recipe(columns, FIVE, of=["value", "diff"], windows=["last_3"]),
        _recipe(columns, FIVE, windows=["last_6"]),
        _recipe(columns, RANKS),
    ]


def _recipe(
    columns: Sequence[str],
    statistics: Sequence[str],
    *,
    table: str = "statements",
    **others: Sequence[str],
) -> dict[str, Any]:
    named = {"table": table, "columns": list(columns), "statistics": list(statistics)}
    return named | {name: list(values) for name, values in others.items()}


def amex_book(
    folder: Path,
    data: Path,
    columns: Sequence[str],
    recipe: Sequence[dict[str, Any]],
    *,
    features: Sequence[str],
    without_noise: bool = False,
) -> Path:
    """Over ``data``, a folder of ``bench_data amex``. ``features``: what the scorecard reads."""
    types = dict.fromkeys(columns, 'type = "float64", nullable = true, may_be_empty = true')
    derive = {name: f"FLOOR({name} * 100)" for name in columns if without_noise}
    tables = _AMEX.substitute(
        key=KEY,
        date=DATE,
        customers=data / "train_labels.parquet",
        statements=data / "train_data.parquet",
        types="\n".join(f"{name} = {{ {kind} }}" for name, kind in types.items()),
        derive="\n".join(f"{name} = {json.dumps(sql)}" for name, sql in derive.items()),
    )
    return _write(folder, tables, recipe, features)


def bureau_book(folder: Path, data: Path, numbers: Sequence[str], text: Sequence[str]) -> Path:
    """Home Credit's largest table over ``data``, a folder of ``bench_data home-credit``."""
    any_value = "nullable = true, may_be_empty = true"
    types = [f'{name} = {{ type = "float64", {any_value} }}' for name in numbers]
    types += [f'{name} = {{ type = "string", {any_value} }}' for name in text]
    tables = _BUREAU.substitute(base=data / BASE, parts=data / PARTS, types="\n".join(types))
    recipe = [
        _recipe(numbers, _NUMBERS, table=BUREAU),
        _recipe(text, _TEXT, table=BUREAU),
        _recipe(["num_group1"], ["count"], table=BUREAU),
    ]
    return _write(folder, tables, recipe, [f"{numbers[0]}__mean"])


def _write(
    folder: Path, tables: str, recipe: Sequence[dict[str, Any]], features: Sequence[str]
) -> Path:
    recipes = [
        "[[recipe]]\n" + "\n".join(f"{name} = {json.dumps(value)}" for name, value in part.items())
        for part in recipe
    ]
    card = {
        "kind": "scorecard",
        "intercept": -3.0,
        "features": [
            {"name": name, "coefficient": 0.1 / len(features), "impute": 0.0} for name in features
        ],
    }
    folder.mkdir(parents=True)
    (folder / "pd.json").write_text(json.dumps(card))
    book = folder / "book.toml"
    book.write_text("\n\n".join([tables, *recipes, _MONEY]))
    return book


_AMEX = Template("""\
[book]
name = "amex"
key = "$key"
as_of = 2018-03-31

[tables.customers]
files = "$customers"
[tables.customers.columns]
$key = { type = "string" }

[tables.statements]
files = "$statements"
order = "$date"
[tables.statements.columns]
$key = { type = "string" }
$date = { type = "date" }
$types
[tables.statements.derive]
$derive""")

_BUREAU = Template("""\
[book]
name = "bureau"
customers = "base"
key = "case_id"
as_of_column = "date_decision"

[tables.base]
files = "$base"
[tables.base.columns]
case_id = { type = "int64" }
date_decision = { type = "date" }

[tables.credit_bureau_a_2]
files = "$parts"
order = "num_group1"
tie = "num_group2"
[tables.credit_bureau_a_2.columns]
case_id = { type = "int64" }
num_group1 = { type = "int64" }
num_group2 = { type = "int64" }
$types""")

_MONEY = """\
[models.pd]
file = "pd.json"
predicts = "pd"

[economics]
mode = "source"
funding_cost = 0.03
operating_cost = 0.02
lgd = 0.5

[strategy]
[[strategy.grades]]
grade = "A"
rate = 0.15
limit = 2000

[take_up]
intercept = 1.0
rate = -15.0
log_limit = 0.4
reference_limit = 5000
"""
