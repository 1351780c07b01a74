"""The wide book: many statement columns and a scorecard that reads every feature of its recipe.

For benchmarks. No model has to be fitted, and since the scorecard reads all features, none can be
left out of the aggregation. The figures mean nothing; sizes, types and gaps are those of a book.
"""

from __future__ import annotations

import json
from pathlib import Path
from string import Template

import numpy as np
import polars as pl

from engine.errors import BookError, OutputError
from engine.synth.blocks import (
    BLOCK,
    Block,
    ParquetTable,
    Stream,
    blocks,
    empty_folder,
    write_parquet,
)
from engine.synth.population import Floats

ROWS = 12  # statements per customer
STATISTICS = ("mean", "std", "min", "max", "last")
_AS_OF = np.datetime64("2025-06", "M")
_MISSING = 0.08  # of every third column
_LOADING = 0.5  # correlation of a value with the customer's latent risk
_MOST_COLUMNS = 1_000


def write_wide_book(folder: Path, customers: int, columns: int = 30, seed: int = 7) -> Path:
    """Writes ROWS statements of ``columns`` columns per customer, and a book; returns its path.

    Every third column has gaps, every fifth holds whole numbers; the others are float64 with three
    decimals. The recipe takes the five ``STATISTICS`` of each. Memory does not depend on
    ``customers``; the same arguments give the same bytes.

    Raises
    ------
    BookError
        ``customers`` or ``columns`` below 1, ``columns`` above 1,000, ``seed`` below 0.
    OutputError
        ``folder`` is not empty or cannot be written.
    """
    if not 1 <= columns <= _MOST_COLUMNS:
        raise BookError(f"a wide book has 1 to {_MOST_COLUMNS:,} columns, not {columns}")
    names = [f"x{number:03d}" for number in range(columns)]
    try:
        empty_folder(folder, customers=customers, seed=seed)
        with ParquetTable(folder / "raw" / "customers.parquet") as table:
            for block in blocks(customers, seed):
                people, rows = _draw(block, names)
                table.append(block.cut(people))
                part = folder / "raw" / "statements" / f"part-{block.number:04d}.parquet"
                write_parquet(part, block.cut(rows))
        _write_scorecard(folder / "models" / "pd.json", names)
        book = folder / "book.toml"
        book.write_text(_book(names, customers, seed), encoding="utf-8")
    except OSError as exc:
        raise OutputError(f"cannot write the book to {folder}: {exc}") from exc
    return book


def _draw(block: Block, names: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Customers and statements of one block, sorted by customer and date."""
    rng = block.generator(Stream.WIDE)
    risk = rng.standard_normal(BLOCK)
    ids = block.first_id + np.arange(BLOCK)
    months = (_AS_OF + np.arange(1 - ROWS, 1)).astype("datetime64[D]")
    people = pl.DataFrame({"customer_id": ids, "income": (20_000 * np.exp(0.4 * risk)).round(-2)})
    values = {name: _column(number, risk, rng) for number, name in enumerate(names)}
    keys = {"customer_id": np.repeat(ids, ROWS), "statement_date": np.tile(months, BLOCK)}
    return people, pl.DataFrame(keys | values)


def _column(number: int, risk: Floats, rng: np.random.Generator) -> pl.Series:
    """BLOCK x ROWS values: standard normal, or whole numbers around 3."""
    own = rng.standard_normal((BLOCK, ROWS))
    values = (_LOADING * risk[:, None] + np.sqrt(1.0 - _LOADING**2) * own).ravel()
    whole = _is_whole(number)
    column = pl.Series(np.maximum((3.0 + 1.5 * values).round(), 0.0) if whole else values.round(3))
    column = column.cast(pl.Int64) if whole else column
    if not _has_gaps(number):
        return column
    return column.set(pl.Series(rng.random(len(column)) < _MISSING), None)


def _is_whole(number: int) -> bool:
    return number % 5 == 4


def _has_gaps(number: int) -> bool:
    return number % 3 == 0


def _write_scorecard(path: Path, names: list[str]) -> None:
    """P(bad) of a few per cent, from all features."""
    features = []
    for number, name in enumerate(names):
        centre, spread = (3.0, 1.5) if _is_whole(number) else (0.0, 1.0)
        features += [
            {
                "name": f"{name}__{statistic}",
                "coefficient": 0.3 / len(names) * (1.0 if statistic != "std" else 0.1),
                "impute": 0.0,
                "mean": 0.0 if statistic == "std" else centre,
                "std": spread,
            }
            for statistic in STATISTICS
        ]
    scorecard = {"kind": "scorecard", "features": features, "intercept": -3.2}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(scorecard, indent=1) + "\n", encoding="utf-8")


def _book(names: list[str], customers: int, seed: int) -> str:
    types = [
        f'{name} = {{ type = "{"int64" if _is_whole(number) else "float64"}"'
        f"{', nullable = true' if _has_gaps(number) else ''} }}"
        for number, name in enumerate(names)
    ]
    return _BOOK.substitute(
        customers=f"{customers:,}",
        columns=len(names),
        seed=seed,
        types="\n".join(types),
        names=json.dumps(names),
        statistics=json.dumps(STATISTICS),
    )


_BOOK = Template("""\
# A made-up book for benchmarks: $customers customers, $columns statement columns, seed $seed.

[book]
name = "wide"
key = "customer_id"
as_of = 2025-06-30

[tables.customers]
files = "raw/customers.parquet"
[tables.customers.columns]
customer_id = { type = "int64" }
income = { type = "float64", min = 0 }

[tables.statements]
files = "raw/statements/*.parquet"
order = "statement_date"
[tables.statements.columns]
customer_id = { type = "int64" }
statement_date = { type = "date" }
$types

[[recipe]]
table = "statements"
columns = $names
statistics = $statistics

[models.pd]                   # reads every feature of the recipe
file = "models/pd.json"
predicts = "pd"
floor = 0.0005

[economics]
mode = "source"
funding_cost = 0.03
operating_cost = 0.02
lgd = 0.5

[strategy]
[[strategy.grades]]
grade = "A"
max_pd = 0.04
rate = 0.12
limit = 5000
[[strategy.grades]]
grade = "B"
rate = 0.18
limit = 2000

[take_up]
intercept = 1.0
rate = -15.0
log_limit = 0.4
reference_limit = 5000

[output]
dir = "out"
""")
