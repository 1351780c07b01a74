"""Small folders in the layouts of the presets, and books that name them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from builders import minimal_book

from engine.presets import amex
from engine.presets.home_credit_tables import BASE, DECISION, KEY, HomeCreditTable, tables
from engine.synth.demo import write_demo

CUSTOMERS = [f"{number:064x}" for number in (3, 7, 12)]
CASES = [1, 2, 5]
_MONTHS = {"train": (2017, 2018), "test": (2018, 2019)}


def preset_book(name: str, folder: str = "data", **others: Any) -> dict[str, Any]:
    """A book whose tables are all the preset's, with what a preset cannot know."""
    money = {key: minimal_book()[key] for key in ("models", "economics", "strategy")}
    return {"preset": {"name": name, "folder": folder, **others}, **money}


def amex_statements(split: str = "train") -> pl.DataFrame:
    """Three customers with 1, 2 and 4 statements; floor(100 x) of a number is its row's."""
    owner = [key for key, count in zip(CUSTOMERS, (1, 2, 4), strict=True) for _ in range(count)]
    year, next_year = _MONTHS[split]
    months = [date(next_year, 1, 9), date(year, 11, 3), date(next_year, 1, 2)]
    months += [date(year, month, 20) for month in (9, 10, 11, 12)]
    frame = pl.DataFrame({"customer_ID": owner, "S_2": months})
    rows = pl.int_range(pl.len())
    values = {
        name: (rows + 0.4) / 100 if not categories else rows % 2
        for name, categories in amex.columns().items()
    }
    made = frame.with_columns(**{n: v.cast(pl.Float32) for n, v in values.items()})
    return made.with_columns(
        D_63=pl.Series(["CR", "XZ", "CO", "CR", "CL", "XL", "XM"]),
        D_64=pl.Series(["O", None, "U", "-1", "R", None, "O"]),
    )


def amex_folder(folder: Path, split: str = "train") -> None:
    """CSV files as the competition gives them."""
    folder.mkdir(parents=True, exist_ok=True)
    amex_statements(split).write_csv(folder / f"{split}_data.csv")
    if split == "train":
        labels = pl.DataFrame({"customer_ID": CUSTOMERS, "target": [0, 1, 0]})
        labels.write_csv(folder / "train_labels.csv")
    else:
        sample = pl.DataFrame({"customer_ID": CUSTOMERS, "prediction": [0, 0, 0]})
        sample.write_csv(folder / "sample_submission.csv")


def home_credit_folder(folder: Path, split: str = "train") -> None:
    """All tables; ``static_0`` and ``applprev_1`` in two parts."""
    below = folder / "parquet_files" / split
    below.mkdir(parents=True, exist_ok=True)
    for table in tables().values():
        frame = home_credit_rows(table, split)
        if table.name in ("static_0", "applprev_1"):
            for part, keys in enumerate((CASES[:1], CASES[1:])):
                rows = frame.filter(pl.col(KEY).is_in(keys))
                rows.write_parquet(below / f"{split}_{table.name}_{part}.parquet")
        else:
            frame.write_parquet(below / f"{split}_{table.name}.parquet")


def home_credit_rows(table: HomeCreditTable, split: str = "train") -> pl.DataFrame:
    """Two groups a case and level of depth; a number is its row's, a date that many days ago."""
    frame = pl.DataFrame({KEY: CASES})
    for group in table.groups:
        frame = frame.join(pl.DataFrame({group: [0, 1]}), how="cross")
    row = pl.int_range(pl.len())
    day = pl.lit(date(2019, 5, 10)) - pl.duration(days=row)
    by_type = {
        "float64": row.cast(pl.Float64),
        "int64": row,
        "string": row.cast(pl.String),
        "boolean": row % 2 == 1,
        "date": day.dt.to_string("%Y-%m-%d"),
    }
    frame = frame.with_columns(**{c.name: by_type[c.type] for c in table.values})
    if table.name == BASE:
        decided = pl.lit("2019-05-10")
        frame = frame.with_columns(**{DECISION: decided, "target": row % 2})
        frame = frame.drop(() if split == "train" else "target")
    return frame.select(c.name for c in table.columns if c.name in frame.columns)


def card_fees_folder(folder: Path) -> None:
    """What ``nightbook demo`` writes below ``raw``."""
    write_demo(folder.parent / "demo", customers=40, seed=3)
    (folder.parent / "demo" / "raw").rename(folder)


FOLDERS: dict[tuple[str, str], Callable[[Path], None]] = {
    ("amex", "train"): lambda folder: amex_folder(folder, "train"),
    ("amex", "test"): lambda folder: amex_folder(folder, "test"),
    ("home_credit", "train"): lambda folder: home_credit_folder(folder, "train"),
    ("home_credit", "test"): lambda folder: home_credit_folder(folder, "test"),
    ("card_fees", "train"): card_fees_folder,
}
