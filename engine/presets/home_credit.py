"""Preset ``home_credit``: the files of the Home Credit credit risk model stability competition.

``folder`` is the one that holds ``parquet_files/train`` and ``parquet_files/test``. A case is a
customer, ``date_decision`` its as-of date. All 17 tables are read: ``base`` and the two of depth 0
have a row per case, the others many, ordered by ``num_group1`` (and ``num_group2``).

* A column's type follows from the ending of its name (``home_credit_tables``), parts from the
  names of files (``home_credit_files``), statistics from types (``home_credit_recipe``).
* Dates become days after ``date_decision``, below 0 for what lies before it. They may lie after it:
  contracts end.
* Names of columns occur in one table each, so features have them without a prefix.
* ``MONTH`` and ``WEEK_NUM`` of ``base`` are left out: they say when a case was decided, and a model
  of them would not hold for later cases. ``[tables.base.columns]`` can add them.
* A masked category is never null in the files: their placeholder counts as a value.
* In ``test`` a table may have no files or no rows.
"""

from __future__ import annotations

from engine.errors import InputMissingError
from engine.presets.config import Preset, PresetConfig, Sections
from engine.presets.folder import Folder
from engine.presets.home_credit_files import table_files
from engine.presets.home_credit_recipe import APPLICANT, PERSONS, recipe, rows_of
from engine.presets.home_credit_tables import (
    BASE,
    DECISION,
    GROUPS,
    KEY,
    HomeCreditTable,
    tables,
)

_TARGET = "target"
_CALENDAR = ("MONTH", "WEEK_NUM")


def _sections(config: PresetConfig, folder: Folder) -> Sections:
    train = config.split == "train"
    split_folder = folder.below(f"parquet_files/{config.split}")
    files = table_files(split_folder, config.split, tables())
    _check_found(split_folder, files, config.split)
    sections: Sections = {
        "book": {
            "name": "home_credit",
            "key": KEY,
            "customers": BASE,
            "as_of_column": DECISION,
        },
        "tables": {
            name: _table(table, split_folder, files[name], config.split)
            for name, table in tables().items()
        },
        "recipe": [
            entry
            for table in tables().values()
            if table.depth
            for entry in recipe(str(config.recipe), table)
        ],
    }
    return sections | ({"target": {"column": _TARGET}} if train else {})


def _check_found(folder: Folder, files: dict[str, list[str]], split: str) -> None:
    if not files[BASE]:
        raise folder.missing(f"{split}_{BASE}.parquet")
    missing = [name for name, found in files.items() if not found]
    if missing and split == "train":
        raise InputMissingError(
            f"preset.folder: {len(missing)} of {len(files)} tables have no file in {folder.path}: "
            f"{', '.join(missing)}"
        )


def _table(table: HomeCreditTable, folder: Folder, files: list[str], split: str) -> Sections:
    named = files or [f"{split}_{table.name}.parquet"]
    columns = [column for column in table.columns if _is_read(table, column.name, split)]
    made: Sections = {
        "files": [folder.in_book(file) for file in named],
        "columns": {column.name: _column(column.name, column.type) for column in columns},
    }
    if table.name == BASE:
        return made
    optional = {"optional": True} if split == "test" else {}
    return made | optional | _order(table) | {"derive": _derived(table)}


def _is_read(table: HomeCreditTable, column: str, split: str) -> bool:
    left_out = _CALENDAR if split == "train" else (*_CALENDAR, _TARGET)
    return table.name != BASE or column not in left_out


def _order(table: HomeCreditTable) -> Sections:
    """How rows of a case follow each other, and which are the applicant's."""
    order = dict(zip(("order", "tie"), table.groups, strict=False))
    applicant = {APPLICANT: f"{GROUPS[0]} = 0"}
    return order | ({"windows": applicant} if table.name in PERSONS else {})


def _derived(table: HomeCreditTable) -> dict[str, str]:
    days = {date: f"{date} - as_of" for date in table.named("date")}
    return days | ({rows_of(table): GROUPS[0]} if table.depth else {})


def _column(name: str, kind: str) -> Sections:
    if name in (KEY, DECISION, *GROUPS):
        return {"type": kind}
    if name == _TARGET:
        return {"type": kind, "allowed": [0, 1]}
    future = {"future": "allow"} if kind == "date" else {}
    return {"type": kind, "nullable": True, "may_be_empty": True, **future}


PRESET = Preset(_sections, recipes=("full", "simple"))
