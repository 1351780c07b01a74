"""Preset ``card_fees``: behaviour of card customers, from which a fee-income model learns.

``folder`` holds ``customers.parquet``, ``operations.parquet`` and ``fees.csv`` (``;`` between
cells), as ``nightbook demo`` writes them below ``raw``. Where the customers table has them, its
columns ``activated_on`` (a date) and ``card_kind`` (text) are declared too. The features describe
the ``window_days`` days up to the customer's as-of date, ``reviewed_on``; operations and fees after
it, in which an outcome may lie, are left out and counted:

===========================  ===================================================================
``products``                 card products held, as the customers table has it
``sms_banking``              0 or 1, likewise
``tele_banking``             0 or 1, likewise; only where the customers table has the column
``operation_amount_per_day`` mean amount of an operation; missing where there was none
``turnover_per_day``         sum of amounts / ``window_days``
``operations_per_day``       count of operations / ``window_days``
``statements_ordered``       account statements ordered: fees of the type ``statement_copy``
===========================  ===================================================================

The source of the seven names the amounts and defines none of them; the definitions are ours. A
customer who joined within the window is divided by the whole window like the others.
"""

from __future__ import annotations

from typing import Any

from engine.presets.config import Preset, PresetConfig, Sections
from engine.presets.folder import Folder

_KEY = "customer_id"
_AS_OF = "reviewed_on"
_IS_COPY = "fee_type = 'statement_copy'"
_FLAG = {"type": "int64", "allowed": [0, 1]}
_WHERE_THERE: Sections = {
    "tele_banking": _FLAG,
    "activated_on": {"type": "date"},
    "card_kind": {"type": "string"},
}


def _sections(config: PresetConfig, folder: Folder) -> Sections:
    window = f"last_{config.window_days}d"
    return {
        "book": {"name": "card_fees", "key": _KEY, "as_of_column": _AS_OF},
        "tables": {
            "customers": _customers(folder),
            "operations": _operations(folder),
            "fees": _fees(folder),
        },
        "recipe": [
            _recipe("operations", "amount", ["count", "sum", "mean"], window),
            _recipe("fees", "statement_copies", ["sum"], window),
        ],
        "features": {
            "operation_amount_per_day": f"amount__{window}__mean",
            "turnover_per_day": f"amount__{window}__sum / {config.window_days}",
            "operations_per_day": f"amount__{window}__count / {config.window_days}",
            "statements_ordered": f"statement_copies__{window}__sum",
        },
    }


def _customers(folder: Folder) -> Sections:
    file = folder.first_of(["customers.parquet"])
    columns: Sections = {_AS_OF: {"type": "date"}, "products": _count(), "sms_banking": _FLAG}
    there = folder.parquet_schema(file)
    columns |= {name: rule for name, rule in _WHERE_THERE.items() if name in there}
    return _table(folder, file, columns)


def _operations(folder: Folder) -> Sections:
    columns = {
        "operation_date": {"type": "date"},
        "operation_id": {"type": "int64"},
        "amount": {"type": "float64", "min": 0},
    }
    file = folder.first_of(["operations.parquet"])
    return _table(folder, file, columns, **_events("operation_date", "operation_id"))


def _fees(folder: Folder) -> Sections:
    columns = {
        "fee_date": {"type": "date"},
        "fee_id": {"type": "int64"},
        "fee_type": {"type": "string"},
        "number": _count(),
    }
    return _table(
        folder,
        folder.first_of(["fees.csv"]),
        columns,
        csv={"separator": ";"},
        derive={"statement_copies": f"CASE WHEN {_IS_COPY} THEN number ELSE 0 END"},
        **_events("fee_date", "fee_id"),
    )


def _events(date: str, number: str) -> dict[str, str]:
    return {"order": date, "tie": number, "after_as_of": "drop"}


def _table(folder: Folder, file: str, columns: Sections, **others: Any) -> Sections:
    key = {_KEY: {"type": "int64"}}
    return {"files": [folder.in_book(file)], "columns": key | columns, **others}


def _count() -> Sections:
    return {"type": "int64", "min": 0}


def _recipe(table: str, column: str, statistics: list[str], window: str) -> Sections:
    return {"table": table, "columns": [column], "statistics": statistics, "windows": [window]}


PRESET = Preset(_sections, recipes=("daily",), splits=("train",), window_days=365)
