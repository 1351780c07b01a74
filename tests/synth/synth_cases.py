"""Reading what a generator wrote, the way its own book.toml says."""

from __future__ import annotations

import hashlib
import itertools
import tomllib
from pathlib import Path

import polars as pl

DTYPES = {"int64": pl.Int64, "float64": pl.Float64, "string": pl.String, "date": pl.Date}


def read_book(path: Path) -> dict:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_table(path: Path, name: str) -> pl.DataFrame:
    """The declared columns of a table, in the order of the files."""
    table = read_book(path)["tables"][name]
    files = path.parent / table["files"]
    columns = list(table["columns"])
    if files.suffix == ".csv":
        rows = pl.read_csv(files, separator=table["csv"]["separator"], try_parse_dates=True)
        return rows.select(columns)
    return pl.read_parquet(files).select(columns)


def made_features(book: dict) -> list[str]:
    """Names of all features: customers' columns, the recipe, [features]."""
    customers = book["tables"]["customers"]
    names = [*customers["columns"], *customers.get("derive", {})]
    for recipe in book["recipe"]:
        for column, of, window, statistic in itertools.product(
            recipe["columns"],
            recipe.get("of", ["value"]),
            recipe.get("windows", ["all"]),
            recipe["statistics"],
        ):
            parts = [column, "diff" if of == "diff" else "", "" if window == "all" else window]
            names.append("__".join([part for part in parts if part] + [statistic]))
    return names + list(book.get("features", {}))


def check_contract(path: Path) -> None:
    """Every table of the book keeps the contract that the book declares."""
    for name, table in read_book(path)["tables"].items():
        rows = read_table(path, name)
        for column, rule in table["columns"].items():
            values = rows[column]
            place = f"{name}.{column}"
            if rule["type"] != "float64" or not table["files"].endswith("csv"):
                assert values.dtype == DTYPES[rule["type"]], place
            assert rule.get("nullable") or values.null_count() == 0, place
            assert rule.get("min") is None or values.min() >= rule["min"], place
            assert rule.get("max") is None or values.max() <= rule["max"], place
            assert rule.get("allowed") is None or values.is_in(rule["allowed"]).all(), place
        if "order" in table:
            keys = ["customer_id", table["order"], *([table["tie"]] if "tie" in table else [])]
            assert rows.select(keys).equals(rows.select(keys).sort(keys)), name
            assert not rows.select(keys).is_duplicated().any(), name


def digests(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
