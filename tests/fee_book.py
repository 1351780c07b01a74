"""A small book with fees, and the formula of fee income said once more, a fee at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from small_book import AS_OF, Frames, Source, make_frames, write_book, write_table

Edit = Callable[[str], str]

TARIFFS = pl.DataFrame(
    {
        "fee_type": ["issue", "service", "sms", "atm"],
        "tariff": [500.0, 1200.0, 59.5, 33.3],
        "periodicity": ["once", "year", "month", "use"],
    }
)
TABLES = """
[tables.fees]
@fees@
order = "fee_date"
tie = "fee_id"
after_as_of = "drop"
[tables.fees.columns]
customer_id = { type = "int64" }
fee_date = { type = "date" }
fee_id = { type = "int64" }
fee_type = { type = "string", nullable = true }
number = { type = "int64", nullable = true }

[tables.tariffs]
@tariffs@
lookup = true
[tables.tariffs.columns]
fee_type = { type = "string", nullable = true }
tariff = { type = "float64", nullable = true }
periodicity = { type = "string", nullable = true }

[fee_income]
types = ["atm", "service"]
exclude = [
  { reason = "payroll card", when = "card_kind = 'payroll'" },
  { reason = "corporate card", when = "card_kind = 'corporate'" },
]
"""
COLUMNS = """\
activated_on = { type = "date", nullable = true, future = "allow" }
card_kind = { type = "string" }
"""
PUBLISHED = (
    "fee_income",
    "fee_income__atm",
    "fee_income__service",
    "fee_tenure_days",
    "short_tenure",
    "fee_excluded",
)


def fee_frames(customers: int = 60, *, seed: int = 3) -> Frames:
    """The small book with activation dates, kinds of card, fees up to a year after the as-of."""
    rng, frames = np.random.default_rng(seed), make_frames(customers)
    keys = frames["customers"]["customer_id"]
    kinds = rng.choice(["personal", "personal", "personal", "payroll", "corporate"], customers)
    activated = [AS_OF - timedelta(days=int(d)) for d in rng.integers(0, 900, customers)]
    fees = customers * 12
    dates = [AS_OF + timedelta(days=int(d)) for d in rng.integers(-800, 365, fees)]
    frame = pl.DataFrame(
        {
            "customer_id": rng.choice(keys, fees),
            "fee_date": dates,
            "fee_type": rng.choice(TARIFFS["fee_type"], fees),
            "number": rng.integers(1, 6, fees),
        }
    ).sort("customer_id", "fee_date", maintain_order=True)
    others = pl.Series("activated_on", activated), pl.Series("card_kind", kinds)
    return {
        **frames,
        "customers": frames["customers"].with_columns(others),
        "fees": frame.with_row_index("fee_id").with_columns(pl.col("fee_id").cast(pl.Int64)),
        "tariffs": TARIFFS,
    }


def fee_book(
    folder: Path,
    frames: Mapping[str, pl.DataFrame] | None = None,
    *edits: Edit,
    source: Source = "parquet",
) -> Path:
    """The book of ``frames``, all in ``source``; ``edits`` change its text."""
    frames = frames or fee_frames()
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    tables = TABLES
    for name in set(frames) - {"customers", "statements"}:
        tables = tables.replace(
            f"@{name}@", write_table(folder / "raw", name, frames[name], source, 1)
        )

    def edit(text: str) -> str:
        text = text.replace("arrears = {", COLUMNS + "arrears = {", 1) + tables
        return reduce(lambda text, change: change(text), edits, text)

    base = {name: frames[name] for name in ("customers", "statements")}
    return write_book(folder, base, source, edit=edit)


def twin(
    counts: Mapping[str, int],
    days: int,
    tariffs: pl.DataFrame = TARIFFS,
    *,
    period: float | None = None,
    use_days: float = 365,
) -> float:
    """The fee income of one customer: N is ``days``, T common where ``period`` is given."""
    own = {"month": 365.25 / 12, "year": 365.0, "use": use_days}
    total = 0.0
    for fee_type, tariff, periodicity in sorted(tariffs.iter_rows()):
        income = counts.get(fee_type, 0) * tariff
        if periodicity != "once":
            income = income * (period or own.get(periodicity) or float(periodicity)) / days
        total += income
    return total


def expected(frames: Mapping[str, pl.DataFrame], *, least: int = 90, **period: Any) -> pl.DataFrame:
    """Key, income, tenure and reason of every customer of ``frames``, a fee at a time."""
    rows = []
    for customer in frames["customers"].iter_rows(named=True):
        counts: dict[str, int] = {}
        for fee in frames["fees"].iter_rows(named=True):
            if fee["customer_id"] == customer["customer_id"] and fee["fee_date"] <= AS_OF:
                counts[fee["fee_type"]] = counts.get(fee["fee_type"], 0) + fee["number"]
        tenure = (AS_OF - customer["activated_on"]).days
        kind = customer["card_kind"]
        reason = None if kind == "personal" else f"{kind} card"
        income = None if reason else twin(counts, max(tenure, least), frames["tariffs"], **period)
        rows.append((customer["customer_id"], income, float(tenure), reason))
    columns = ["customer_id", "fee_income", "fee_tenure_days", "fee_excluded"]
    return pl.DataFrame(rows, columns, orient="row", infer_schema_length=None)


def total(incomes: pl.Series) -> float:
    """The correctly rounded sum."""
    return math.fsum(incomes.drop_nulls())


def outcome(frames: Mapping[str, pl.DataFrame], days: int, as_of: date = AS_OF) -> dict[int, float]:
    """By customer, the fee income of the days after ``as_of``."""
    found: dict[int, dict[str, int]] = {key: {} for key in frames["customers"]["customer_id"]}
    for fee in frames["fees"].iter_rows(named=True):
        if as_of < fee["fee_date"] <= as_of + timedelta(days=days):
            counts = found[fee["customer_id"]]
            counts[fee["fee_type"]] = counts.get(fee["fee_type"], 0) + fee["number"]
    return {key: twin(counts, days, frames["tariffs"]) for key, counts in found.items()}
