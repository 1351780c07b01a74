"""The table of cases: what is measured, ours and plain. Benchmarks and agreement tests read it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from benchmarks import plain
from engine import chunk_work, pipeline
from engine.accounts import Accounts, chunk_facts
from engine.book import Book
from engine.book_file import load_book
from engine.evaluate import evaluate
from engine.ingest import Batch
from engine.inputs import open_inputs
from engine.needs import whole
from engine.progress import Silent
from engine.publish import open_run
from engine.score import Models, score
from engine.synth import write_demo
from engine.training import train_pd

THREADS = 2


@dataclass
class Workload:
    """A demo book with fitted models, and what each stage hands to the next; made before timing."""

    folder: Path
    customers: int

    @cached_property
    def book(self) -> Book:
        path = self.folder / "book.toml"
        if not path.exists():
            write_demo(self.folder, customers=self.customers)
            train_pd(path)
        return load_book(path)

    @cached_property
    def models(self) -> Models:
        return pipeline.open_models(self.book)

    @cached_property
    def ingested(self) -> Ingested:
        return ingest(self)

    @cached_property
    def features(self) -> list[pl.DataFrame]:
        return aggregate(self)

    @cached_property
    def scores(self) -> list[pl.DataFrame]:
        return [score(self.models, part, THREADS) for part in self.features]

    @cached_property
    def offers(self) -> list[pl.DataFrame]:
        return evaluate_all(self)

    @cached_property
    def plain_tables(self) -> dict[str, pl.DataFrame]:
        return plain.ingest(self.book)

    @cached_property
    def plain_features(self) -> pl.DataFrame:
        return plain.aggregate(self.book, self.plain_tables)

    @cached_property
    def plain_scores(self) -> dict[str, Any]:
        return plain.score(self.book, self.plain_features, THREADS)

    @cached_property
    def plain_offers(self) -> pl.DataFrame:
        return plain.evaluate(self.book, self.plain_features, self.plain_scores)

    @cached_property
    def raw_rows(self) -> int:
        return sum(chunk.size for chunk in self.ingested.data.chunks)


class Ingested(NamedTuple):
    """Every chunk, read and checked."""

    data: chunk_work.Chunked
    batches: list[Batch]


def ingest(workload: Workload) -> Ingested:
    """Prepare, cut, read, check the contract."""
    book, needs = workload.book, whole(workload.book)
    with (
        tempfile.TemporaryDirectory() as work,
        open_inputs(book, needs.read, out=Path(work), whole=False, progress=Silent()) as inputs,
    ):
        data = chunk_work.chunked(inputs, needs, Path(work))
        batches = [batch for _, batch in chunk_work.read_ahead(data, data.chunks)]
    return Ingested(data, batches)


def aggregate(workload: Workload) -> list[pl.DataFrame]:
    """Features of every chunk."""
    data, batches = workload.ingested
    return [chunk_work.features_of(data.needs, batch, data.lookups) for batch in batches]


def evaluate_all(workload: Workload) -> list[pl.DataFrame]:
    """Offers of every chunk."""
    book, pricing = workload.book, pipeline.open_pricing(workload.book)
    return [
        evaluate(
            features,
            scores,
            key=book.book.key,
            segment=book.book.segment,
            pricing=pricing,
            profit=book.economics.customer_profit if book.economics else None,
        )
        for features, scores in zip(workload.features, workload.scores, strict=True)
    ]


def publish(workload: Workload) -> None:
    """Parts, chunk manifests, content hash, manifest, CURRENT."""
    found = workload.ingested
    accounts = Accounts.begin(1.0, found.data.chunks)
    with tempfile.TemporaryDirectory() as out, open_run(Path(out), "benchmark") as target:
        parts = zip(found.data.chunks, found.batches, workload.offers, strict=True)
        for chunk, batch, offers in parts:
            facts = chunk_facts(batch, offers)
            target.publish_part(chunk.number, offers, facts=facts)
            accounts.add(facts)
        target.commit(accounts.manifest(), chunks=len(found.data.chunks), customers=accounts.scored)


def publish_plainly(workload: Workload) -> None:
    """One file, neither hashed nor synced."""
    with tempfile.TemporaryDirectory() as out:
        workload.plain_offers.write_parquet(Path(out) / "book.parquet", compression="zstd")


def run(workload: Workload) -> dict[str, float]:
    """The whole job, as ``nightbook run`` does it."""
    with tempfile.TemporaryDirectory() as out:
        result = pipeline.run(workload.folder / "book.toml", out=out, threads=THREADS)
    names = ("expected_profit", "expected_loss", "exposure")
    return {name: getattr(result, name) for name in names}


def run_plainly(workload: Workload) -> dict[str, float]:
    """The whole job, written plainly."""
    with tempfile.TemporaryDirectory() as out:
        return plain.run(workload.book, Path(out), THREADS)


class Case(NamedTuple):
    """One row of the table; both contenders do the same work on the same inputs."""

    name: str
    ours: Callable[[Workload], Any]
    plain: Callable[[Workload], Any]


CASES = (
    Case("ingest", ingest, lambda w: plain.ingest(w.book)),
    Case("aggregate", aggregate, lambda w: plain.aggregate(w.book, w.plain_tables)),
    Case(
        "score",
        lambda w: [score(w.models, part, THREADS) for part in w.features],
        lambda w: plain.score(w.book, w.plain_features, THREADS),
    ),
    Case(
        "evaluate",
        evaluate_all,
        lambda w: plain.evaluate(w.book, w.plain_features, w.plain_scores),
    ),
    Case("publish", publish, publish_plainly),
    Case("whole run", run, run_plainly),
)
