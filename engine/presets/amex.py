"""Preset ``amex``: the files of the American Express default prediction competition.

``train_data.csv`` and ``train_labels.csv``, or ``test_data.csv`` and ``sample_submission.csv``, as
they are. Each may be Parquet instead; of the data that form is taken where both are there, and
``train.parquet`` and ``test.parquet`` where there is no other.

The recipe ``winning`` makes the aggregates of the competition's first place, 29 per numeric column
and what goes with the eleven categorical ones; ``simple`` makes five and two. The names of the 188
columns, their order and the categories are those that public notebooks list; they are in
``amex_columns.csv``. Values mean what they mean in the recipe's pandas:

* the last value of a ``groupby`` is the last that is not missing: ``last_valid``;
* std has ddof 1, and a sum without values is 0;
* a percentile rank is (less + (equal + 1) / 2) / count, missing values left out;
* the uniform noise on the numbers is removed, x becomes floor(100 x).

Differently from there:

* ``diff__last_3`` are the last three differences; there the differences between the last three
  statements, which are two;
* the rank within a month is among the customers of this split; there train and test are together;
* a missing amount of spending or payment (S_, P_) stays missing; there it is 0;
* results are not rounded down to hundredths;
* categorical numbers stay as they are; there they are 100 times as large. They have no noise;
* a category that the table does not list has 0 in all columns of its kind.

The competition kept one good customer in twenty, so a model trained on it needs
``prior_correction = 20`` before its PD prices anything.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib import resources

import polars as pl

from engine.presets.config import Preset, PresetConfig, Sections
from engine.presets.folder import Folder

_KEY = "customer_ID"
_ORDER = "S_2"
_AS_OF = {"train": date(2018, 3, 31), "test": date(2019, 10, 31)}
"""The ends of the months of the last statements."""
_DATA = ("_data.parquet", "_data.csv", ".parquet")
_CODES = {
    "D_63": "CASE {} END",
    "D_64": "COALESCE(CASE {} END, -1)",  # the recipe's -1 is for a missing value
}
_FIVE = ["mean", "std", "min", "max", "sum"]


@cache
def columns() -> dict[str, tuple[str, ...]]:
    """The 188 columns after key and date in the order of the files, with their categories.

    A numeric column has none. Missing is the category ``null``.
    """
    text = resources.files(__package__).joinpath("amex_columns.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["column"]: tuple(row["categories"].split()) for row in rows}


def _sections(config: PresetConfig, folder: Folder) -> Sections:
    train = config.split == "train"
    data = folder.first_of([config.split + end for end in _DATA])
    customers = "train_labels" if train else "sample_submission"
    labels = folder.first_of([f"{customers}.parquet", f"{customers}.csv"])
    key = {_KEY: {"type": "string"}}
    target = {"target": {"type": "int64", "allowed": [0, 1]}} if train else {}
    sections: Sections = {
        "book": {"name": "amex", "key": _KEY, "as_of": _AS_OF[config.split]},
        "tables": {
            "customers": {"files": [folder.in_book(labels)], "columns": key | target},
            "statements": _statements(folder, data),
        },
        "recipe": _winning() if config.recipe == "winning" else _simple(),
    }
    return sections | ({"target": {"column": "target"}} if train else {})


def _statements(folder: Folder, data: str) -> Sections:
    coded = _coded(folder, data)
    types = {name: "string" if name in _CODES else "float64" for name in columns()}
    types |= dict.fromkeys(coded, "int64")
    any_value = {"nullable": True, "may_be_empty": True}
    return {
        "files": [folder.in_book(data)],
        "order": _ORDER,
        "columns": {_KEY: {"type": "string"}, _ORDER: {"type": "date"}}
        | {name: {"type": kind, **any_value} for name, kind in types.items()},
        "derive": _without_noise() | _codes(coded) | _one_hot(),
    }


def _coded(folder: Folder, data: str) -> list[str]:
    """String columns that the file holds as the recipe's codes already, as some Parquet does."""
    if not data.endswith(".parquet"):
        return []
    schema = folder.parquet_schema(data)
    return [name for name in _CODES if schema.get(name, pl.String()).is_integer()]


def _without_noise() -> dict[str, str]:
    numbers = [name for name, categories in columns().items() if not categories]
    return {name: f"FLOOR({name} * 100)" for name in numbers}


def _codes(coded: list[str]) -> dict[str, str]:
    """The recipe's codes of strings: 0, 1, ... in the order of the categories; null is -1."""
    made = {}
    for name, template in _CODES.items():
        known = [value for value in columns()[name] if value != "null"]
        cases = [f"WHEN {name} = '{value}' THEN {code}" for code, value in enumerate(known)]
        made[name] = template.format(" ".join(cases))
    return {name: sql for name, sql in made.items() if name not in coded}


def _one_hot() -> dict[str, str]:
    """1 where a statement is of the category, else 0; never missing. Reads the codes of strings."""
    made = {}
    for name, categories in columns().items():
        first = -1 if "null" in categories else 0
        for number, value in enumerate(categories, first):
            code = number if name in _CODES else value
            made[_one_hot_name(name, value)] = f"CASE WHEN {name} = {code} THEN 1 ELSE 0 END"
    return made


def _one_hot_name(name: str, category: str) -> str:
    return f"{name}_is_{category.replace('-', 'minus_')}"


def _winning() -> list[Sections]:
    numbers = list(_without_noise())
    categories = [name for name, values in columns().items() if values]
    everything = [*_FIVE, "last_valid"]
    ranks = ["last_valid_rank", "last_valid_rank_in_month"]
    return [
        _recipe([_ORDER], ["count"]),
        _recipe(numbers, everything, of=["value", "diff"]),
        _recipe(numbers, _FIVE, of=["value", "diff"], windows=["last_3"]),
        _recipe(numbers, _FIVE, windows=["last_6"]),
        _recipe(numbers, ranks),
        _recipe(categories, ["last_valid", "nunique"]),
        _recipe(list(_one_hot()), ["mean", "std", "sum", "last"]),
    ]


def _simple() -> list[Sections]:
    numbers = list(_without_noise())
    categories = [name for name, values in columns().items() if values]
    return [
        _recipe([_ORDER], ["count"]),
        _recipe(numbers, ["mean", "std", "min", "max", "last_valid"]),
        _recipe(categories, ["last_valid", "nunique"]),
    ]


def _recipe(columns: list[str], statistics: list[str], **others: list[str]) -> Sections:
    return {"table": "statements", "columns": columns, "statistics": statistics, **others}


PRESET = Preset(_sections, recipes=("winning", "simple"))
