"""The same job written plainly: Polars eager, ``lightgbm.predict``, NumPy. No checks, no chunks.

What a careful analyst would write in an afternoon: read everything, one ``group_by`` per table,
predict, multiply, write one file.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl

from engine.aggregate import Feature
from engine.book import Book


def ingest(book: Book) -> dict[str, pl.DataFrame]:
    """All tables, whole."""
    return {
        name: _read(book.folder, table.files, separator=table.csv.separator).select(
            list(table.columns)
        )
        for name, table in (book.run_tables | book.lookup_tables).items()
    }


def _read(folder: Path, patterns: tuple[str, ...], *, separator: str) -> pl.DataFrame:
    files = [file for pattern in patterns for file in sorted(folder.glob(pattern))]
    if files[0].suffix == ".csv":
        return pl.concat(
            pl.read_csv(file, separator=separator, try_parse_dates=True) for file in files
        )
    return pl.read_parquet(files)


def aggregate(book: Book, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per customer: the customers table, joined with one ``group_by`` per event table."""
    key = book.book.key
    customers = tables[book.book.customers]
    as_of = book.book.as_of_column
    result = customers.with_columns(as_of=pl.col(as_of) if as_of else pl.lit(book.book.as_of))
    for name, sql in book.tables[book.book.customers].derive.items():
        result = result.with_columns(_finite(result, pl.sql_expr(sql)).alias(name))
    for name, table in book.event_tables.items():
        frame = tables[name].join(result.select(key, "as_of"), on=key, how="left")
        for join in table.join:
            lookup = tables[join.table].select(join.on, *join.columns)
            frame = frame.join(lookup, on=join.on, how="left")
        for column, sql in table.derive.items():
            frame = frame.with_columns(_finite(frame, pl.sql_expr(sql)).alias(column))
        features = [f for f in book.aggregates if f.table == name]
        order = [c for c in (key, table.order, table.tie) if c]
        aggregated = (
            frame.sort(order)
            .group_by(key, maintain_order=True)
            .agg(_plain(f, str(table.event_date)).alias(f.name) for f in features)
        )
        result = result.join(aggregated, on=key, how="left", maintain_order="left")
    empty = [f.name for f in book.aggregates if f.statistic in ("count", "sum", "nunique")]
    result = result.with_columns(pl.col(empty).fill_null(0))
    for name, sql in book.features.items():
        result = result.with_columns(_finite(result, pl.sql_expr(sql)).alias(name))
    return result


def _finite(frame: pl.DataFrame, expression: pl.Expr) -> pl.Expr:
    dtype = frame.lazy().select(expression).collect_schema().dtypes()[0]
    if isinstance(dtype, pl.Duration):
        return expression.dt.total_days().cast(pl.Float64)
    value = expression.cast(pl.Float64)
    return pl.when(value.is_finite()).then(value)


def _plain(feature: Feature, date: str) -> pl.Expr:
    values = pl.col(feature.column)
    if feature.of == "diff":
        values = values.diff()
    if feature.window.rows:
        values = values.tail(feature.window.rows)
    if feature.window.days:
        values = values.filter(pl.col(date) > pl.col("as_of") - timedelta(days=feature.window.days))
    match feature.statistic:
        case "last_minus_mean":
            return values.last() - values.mean()
        case "last_valid":
            return values.drop_nulls().last()
        case "nunique":
            return values.drop_nulls().n_unique()
        case name:
            return getattr(values, name)()


def score(book: Book, features: pl.DataFrame, threads: int) -> dict[str, np.ndarray]:
    """Every model's probability, after prior correction, calibrator and floor."""
    scores = {}
    for model in book.models.values():
        file = book.folder / model.file
        p = (
            _scorecard(json.loads(file.read_text()), features)
            if file.suffix == ".json"
            else _lightgbm(file, features, threads)
        )
        if model.prior_correction:
            p = p / (p + model.prior_correction * (1 - p))
        if model.calibrator:
            p = _calibrated(p, json.loads((book.folder / model.calibrator).read_text()))
        scores[model.predicts] = np.maximum(p, model.floor or 0.0)
    return scores


def _calibrated(p: np.ndarray, calibrator: dict) -> np.ndarray:  # type: ignore[type-arg]
    if calibrator["kind"] == "isotonic":
        return np.interp(p, calibrator["x"], calibrator["y"])
    z = calibrator["slope"] * np.log(p / (1 - p)) + calibrator["intercept"]
    return 1 / (1 + np.exp(-z))


def _lightgbm(file: Path, features: pl.DataFrame, threads: int) -> np.ndarray:
    booster = lightgbm.Booster(model_file=str(file))
    X = features.select(pl.col(booster.feature_name()).cast(pl.Float64)).to_numpy()
    return np.asarray(booster.predict(X, num_threads=threads))


def _scorecard(card: dict, features: pl.DataFrame) -> np.ndarray:  # type: ignore[type-arg]
    z = np.full(features.height, card["intercept"])
    for term in card["features"]:
        x = features[term["name"]].cast(pl.Float64).to_numpy()
        if term.get("impute") is not None:
            x = np.where(np.isnan(x), term["impute"], x)
        z += term["coefficient"] * (x - term.get("mean", 0.0)) / term.get("std", 1.0)
    return 1 / (1 + np.exp(-z))


def evaluate(book: Book, features: pl.DataFrame, scores: dict[str, np.ndarray]) -> pl.DataFrame:
    """Today's offers, by the formula."""
    strategy, money, pd = book.strategy, book.economics, scores["pd"]
    bounds = [grade.max_pd or 1.0 for grade in strategy.grades[:-1]]
    place = np.searchsorted(bounds, pd)
    rate = np.array([grade.rate for grade in strategy.grades])[place]
    limit = np.array([grade.limit for grade in strategy.grades])[place]
    for cap in strategy.caps:
        limit = np.minimum(limit, features[cap].to_numpy())
    approve = np.array([grade.approve for grade in strategy.grades])[place]
    for rule in strategy.knock_outs:
        holds = features.select(pl.sql_expr(rule.when).fill_null(False)).to_series().to_numpy()
        approve = approve & ~holds
    segment = features[book.book.segment or ""].to_numpy()
    take_up = np.zeros(len(pd))
    for name in np.unique(segment):
        parameters = book.take_up.model_dump(exclude={"segments"})
        override = book.take_up.segments.get(name)
        parameters |= override.model_dump(exclude_none=True) if override else {}
        mine = segment == name
        z = (
            parameters["intercept"]
            + parameters["rate"] * rate[mine]
            + parameters["log_limit"] * np.log(limit[mine] / parameters["reference_limit"])
        )
        take_up[mine] = 1 / (1 + np.exp(-z))
    margin = rate - money.funding_cost - money.operating_cost - money.credit_cost
    exposure = approve * take_up * limit
    return pl.DataFrame(
        {
            book.book.key: features[book.book.key],
            "segment": segment,
            "pd": pd,
            "take_up": take_up,
            "rate": rate,
            "limit": limit,
            "approve": approve,
            "margin": margin,
            "exposure": exposure,
            "expected_loss": exposure * pd * money.lgd,
            "expected_profit": exposure * ((1 - pd) * margin - pd * money.lgd),
            **{name: values for name, values in scores.items() if name != "pd"},
        }
    )


def run(book: Book, out: Path, threads: int) -> dict[str, float]:
    """The whole job; returns the totals."""
    features = aggregate(book, ingest(book))
    offers = evaluate(book, features, score(book, features, threads))
    offers.write_parquet(out / "book.parquet", compression="zstd")
    names = ("expected_profit", "expected_loss", "exposure")
    return {name: float(offers[name].sum()) for name in names}
