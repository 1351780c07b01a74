"""A value that was typed in, read as the declared type of its column."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import Any

import polars as pl

from engine.errors import DataError
from engine.expressions import AS_OF
from engine.ingest import ColumnConfig, TableConfig
from engine.ingest.config import ColumnType
from engine.ingest.rules import column_rules
from engine.ingest.schema import DTYPES

_WHOLE = re.compile(r"[+-]?\d+(\.0+)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_TRUTH = {"true": True, "false": False}
_EXAMPLES = {
    "int64": "a whole number of 64 bits",
    "float64": "a finite number",
    "boolean": "true or false",
    "date": "a date such as 2026-06-30",
    "datetime": "a date such as 2026-06-30, or 2026-06-30 23:59:59",
}


def typed(name: str, text: str, kind: ColumnType) -> Any:
    """``text`` as a value of ``kind``; None, for missing, where it is empty.

    Raises
    ------
    DataError
        It is no such value.
    """
    if not text or kind == "string":
        return text or None
    try:
        return _read(text.strip(), kind)
    except (ValueError, OverflowError, KeyError) as exc:
        problem = f"'{text}' is not {_EXAMPLES[kind]}"
        raise DataError(problem, column=name) from exc


def check_contract(name: str, value: Any, column: ColumnConfig, as_of: date | None) -> None:
    """Raises DataError for a value that would send a customer to quarantine; it may be missing."""
    contract = column.model_copy(update={"nullable": True})
    table = TableConfig(files=("an applicant",), columns={name: contract})
    day = pl.Series(AS_OF, [as_of], dtype=pl.Date)
    row = pl.DataFrame([pl.Series(name, [value], dtype=DTYPES[column.type]), day])
    for rule in column_rules(table, has_text=False, future=True):
        if row.select(rule.broken.fill_null(False)).item():
            raise DataError(f"the value '{value}': {rule.reason}", column=name)


def _read(text: str, kind: ColumnType) -> Any:
    match kind:
        case "int64":
            return _whole(text)
        case "float64":
            return _number(text)
        case "boolean":
            return _TRUTH[text.lower()]
        case "date":
            return date.fromisoformat(text)
        case _:
            return datetime.fromisoformat(text).replace(tzinfo=None)


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    value = int(text.partition(".")[0])
    if not -(2**63) <= value < 2**63:
        raise OverflowError(text)
    return value


def _number(text: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise ValueError(text)
    return value
