"""``nightbook fit take-up``: the offers a book's customers got, and the market, train its take-up.

Features are made as in a run; the columns of the offer come with them. One pass over the chunks.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.accounts import Accounts
from engine.book import Book
from engine.book_file import load_book
from engine.chunk_work import chunked, cores, features_of, read_ahead
from engine.errors import BookError, InputMissingError, ModelError, did_you_mean
from engine.evaluate.profit import ONE_SEGMENT
from engine.first_pass import ranked
from engine.fit import FitConfig, draw_sample
from engine.fit.take_up import FittedTakeUp, WinFunction, fit_take_up
from engine.fit.take_up_config import TakeUpFitConfig
from engine.inputs import open_inputs
from engine.market_file import Market, read_market, win
from engine.model_files import write_together
from engine.needs import whole
from engine.pipeline import output_folder
from engine.progress import Progress, Silent
from engine.publish import to_json
from engine.scratch import scratch_folder

_SEGMENT = "__segment"


class TakeUpResult(NamedTuple):
    """The files that were written (propensity, slopes, report), and the report."""

    model: Path
    take_up: Path
    metrics_file: Path
    metrics: dict[str, Any]


def train_take_up(
    book_path: str | Path, *, threads: int | None = None, progress: Progress | None = None
) -> TakeUpResult:
    """Trains the take-up model of the book's ``[fit.take_up]`` and writes it beside the book.

    Raises
    ------
    BookError
        The book has no ``[fit.take_up]``, or a column of it is not there.
    InputMissingError, ModelError
        The market file is not there, or has no table for a grade of the history.
    DataError
        The data break the contract, offers are incomplete, or there are too few.
    """
    book = load_book(Path(book_path))
    if book.fit.take_up is None:
        raise BookError(f"{book_path}: [fit.take_up] is missing: which columns hold the offers?")
    return write_take_up(
        book, book.fit.take_up, threads=threads or cores(), progress=progress or Silent()
    )


def write_take_up(
    book: Book, config: TakeUpFitConfig, *, threads: int, progress: Progress
) -> TakeUpResult:
    """Trains as ``config`` says and writes the files; raises as ``train_take_up``."""
    _check_columns(book, config)
    market = _market(book.folder, config.market)
    customers, quarantined = _customers(book, progress)
    made = customers.filter(pl.col(config.applied).is_not_null())
    drawn = FitConfig(sample=config.sample, seed=config.seed)
    offered = draw_sample(made, key=book.book.key, config=drawn)
    segment = book.book.segment or _SEGMENT
    fitted = fit_take_up(
        offered,
        features=_features(book, config),
        rate=config.rate,
        limit=config.limit,
        applied=config.applied,
        date=config.date,
        segment=segment,
        grade=config.grade,
        win=_win_of(market, offered, segment, config.grade),
        config=config,
        num_threads=threads,
    )
    counts = {
        "customers_without_offer": customers.height - made.height,
        "offers_not_drawn": made.height - offered.height,
        "quarantined": quarantined,
    }
    return _write(book.folder, config, fitted, fitted.report | counts)


def _check_columns(book: Book, config: TakeUpFitConfig) -> None:
    names = ("rate", "limit", "applied", "date", "grade")
    named = [(name, getattr(config, name)) for name in names]
    named += [("leave_out", column) for column in config.leave_out]
    for key, column in named:
        if column not in book.feature_columns:
            hint = did_you_mean(column, book.feature_columns)
            raise BookError(f"fit.take_up.{key}: the book makes no column '{column}'{hint}")
    if config.file.endswith(".json"):
        raise BookError("fit.take_up.file is LightGBM's text, so it cannot end in .json")


def _features(book: Book, config: TakeUpFitConfig) -> list[str]:
    """All that the book makes but the key, the offer, its grade and today's offer."""
    today = (book.strategy.rate_column, book.strategy.limit_column) if book.strategy else ()
    offer = (config.rate, config.limit, config.applied, config.date, config.grade)
    out = {book.book.key, *offer, *today, *config.leave_out}
    return [name for name in book.feature_columns if name not in out]


def _market(folder: Path, file: str) -> Market:
    try:
        content = json.loads((folder / file).read_bytes())
    except OSError as exc:
        raise InputMissingError(
            f"fit.take_up.market: cannot read {file}: {exc.strerror}; nightbook fit market makes it"
        ) from exc
    except ValueError as exc:
        raise ModelError(f"fit.take_up.market: {file} is not JSON: {exc}") from exc
    return read_market(content, file=file)


def _customers(book: Book, progress: Progress) -> tuple[pl.DataFrame, int]:
    """Features of every customer, with a segment; how many were quarantined."""
    out, needs = output_folder(book, None), whole(book)
    with (
        scratch_folder(out) as work,
        open_inputs(book, needs.read, out=out, whole=False, progress=progress) as inputs,
    ):
        data = chunked(inputs, needs, work)
        data = ranked(data, work, threads=cores(), progress=progress)
        accounts = Accounts.begin(book.ingest.max_quarantine_share, data.chunks)
        progress.start(len(data.chunks), accounts.expected_customers, accounts.expected_rows)
        frames = []
        for chunk, batch in read_ahead(data, data.chunks):
            accounts.check(batch)
            accounts.quarantined += batch.quarantined
            frames.append(features_of(needs, batch, data.lookups, ranks=data.ranks_of(chunk)))
            progress.chunk_done(chunk.number, chunk.customers, chunk.size, kept=False)
        inputs.check_unchanged()
    customers = pl.concat(frames)
    if book.book.segment is None:
        customers = customers.with_columns(pl.lit(ONE_SEGMENT).alias(_SEGMENT))
    return customers, accounts.quarantined


def _win_of(market: Market, offered: pl.DataFrame, segment: str, grade: str) -> WinFunction:
    """The market as a function of rows of ``offered``. A missing name is for the fit to refuse."""
    table = _tables(market, offered.select(pl.col(segment, grade).cast(pl.String)))

    def chance(
        rows: NDArray[np.int64], rate: NDArray[np.float64], limit: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        return win(market, table[rows], rate, limit)

    return chance


def _tables(market: Market, names: pl.DataFrame) -> NDArray[np.int64]:
    """The market table of each row. Raises ModelError where there is none."""
    pairs = names.unique().drop_nulls()
    places = [market.table_of(segment, grade) for segment, grade in pairs.rows()]
    known = pairs.with_columns(pl.Series("__table", places, dtype=pl.Int64))
    found = names.join(known, on=names.columns, how="left", maintain_order="left")
    return found["__table"].fill_null(0).to_numpy()


def _document(fitted: FittedTakeUp, config: TakeUpFitConfig) -> dict[str, Any]:
    """What a run reads beside the propensity model."""
    return {
        "kind": "take_up",
        "form": fitted.form,
        "label": fitted.label,
        "slopes": fitted.slopes,
        "intervals": fitted.intervals,
        "market": config.market,
    }


def _write(
    folder: Path, config: TakeUpFitConfig, fitted: FittedTakeUp, metrics: dict[str, Any]
) -> TakeUpResult:
    """Where the files go."""
    model = folder / config.file
    take_up, metrics_file = model.with_suffix(".json"), model.with_suffix(".metrics.json")
    contents = {
        model: fitted.propensity_model.encode(),
        take_up: to_json(_document(fitted, config)),
        metrics_file: to_json(metrics),
    }
    write_together(contents)
    return TakeUpResult(model, take_up, metrics_file, metrics)
