"""The inputs of a run: which files, what identifies them, and the tables made of them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.book import Book, Table
from engine.errors import DataError
from engine.ingest import AsOf, Source, find_source, identity, prepare, read_lookups, role_of
from engine.ingest import Table as PreparedTable
from engine.ingest.reading import reading
from engine.needs import Needs
from engine.progress import Progress
from engine.scratch import scratch_folder, writing

OF_OTHERS = ("target", "fit", "market", "optimise")
"""Sections of a book that no run reads."""
_LIBRARIES = ("nightbook", "polars", "numpy", "numba", "treelite", "pyarrow", "duckdb")


@dataclass(frozen=True)
class Inputs:
    """Sources of the tables that a run reads, in the book's order.

    DuckDB tables are fetched when the inputs are opened, since the hash of their rows is part of
    the run's identity; they lie in ``fetched`` until they move to the run's work folder.
    """

    book: Book
    tables: Mapping[str, Table]
    sources: Mapping[str, Source]
    identities: Mapping[str, list[dict[str, Any]]]
    fetched: Path | None
    progress: Progress

    def prepare(self, work: Path) -> tuple[dict[str, PreparedTable], dict[str, pl.DataFrame]]:
        """Tables with customers, in customer order, and lookup tables; staged below ``work``."""
        prepared = {}
        keyed = [name for name, table in self.tables.items() if not table.lookup]
        for name, table in self.tables.items():
            with writing(work / name):
                self._move_fetched(name, work / name)
                prepared[name] = prepare(
                    self.sources[name],
                    table,
                    key=None if table.lookup else self.book.book.key,
                    role=role_of(name, customers=self.book.book.customers, keyed=keyed),
                    folder=work / name,
                    note=self.progress.note,
                )
        lookups = read_lookups({n: t for n, t in prepared.items() if self.tables[n].lookup})
        return {name: prepared[name] for name in keyed}, lookups

    def check_unchanged(self) -> None:
        """Raises DataError where a file is not the one identified: what was read may be of both."""
        for name, source in self.sources.items():
            if source.kind == "duckdb":
                continue
            for file, known in zip(source.files, self.identities[name], strict=True):
                with reading(file):
                    status = file.stat()
                if (status.st_size, status.st_mtime_ns) != (known["bytes"], known["mtime_ns"]):
                    raise DataError("changed while it was being read; run again", file=str(file))

    def _move_fetched(self, name: str, target: Path) -> None:
        if self.fetched is None or not (self.fetched / name).is_dir():
            return
        if target.exists():
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(self.fetched / name, target)


@contextmanager
def open_inputs(
    book: Book, tables: Mapping[str, Table], *, out: Path, whole: bool, progress: Progress
) -> Iterator[Inputs]:
    """Finds the files of ``tables`` and identifies them; ``whole``: by all their bytes.

    Raises
    ------
    InputMissingError
        A file is not there.
    DataError
        A file has no Parquet footer, or DuckDB cannot read its table.
    """
    sources = {name: find_source(name, table, book.folder) for name, table in tables.items()}
    with ExitStack() as stack:
        in_duckdb = any(source.kind == "duckdb" for source in sources.values())
        fetched = stack.enter_context(scratch_folder(out)) if in_duckdb else None
        identities: dict[str, list[dict[str, Any]]] = {}
        inputs = Inputs(book, dict(tables), sources, identities, fetched, progress)
        for name, source in sources.items():
            identities[name] = (
                _identify_files(source, book.folder, whole)
                if source.kind != "duckdb"
                else [_fetch(inputs, name)]
            )
        yield inputs


def _identify_files(source: Source, folder: Path, whole: bool) -> list[dict[str, Any]]:
    found = []
    for file in source.files:
        with reading(file):
            found.append(identity(file, source.kind, folder=folder, whole=whole))
    return found


def _fetch(inputs: Inputs, name: str) -> dict[str, Any]:
    """Rows of a DuckDB table: sorted, written in files of a fixed size, and so identified."""
    config = inputs.tables[name]
    table = prepare(
        inputs.sources[name],
        config,
        key=None if config.lookup else inputs.book.book.key,
        role="other",
        folder=(inputs.fetched or Path()) / name,
        note=inputs.progress.note,
    )
    digest = hashlib.sha256()
    for file in table.files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return {
        "path": config.duckdb,
        "table": config.table,
        "query": config.query,
        "rows": table.rows,
        "sha256": digest.hexdigest(),
        "sha256_of": "rows",
    }


def as_of(book: Book) -> AsOf:
    """The as-of date of every customer."""
    return AsOf(book.book.as_of, book.book.as_of_column)


class RunIdentity(NamedTuple):
    """``run_id`` names a run by all that its result depends on; ``facts`` say what that is."""

    run_id: str
    facts: dict[str, Any]


def run_identity(
    inputs: Inputs, needs: Needs, models: Mapping[str, Any], pricing: Mapping[str, str]
) -> RunIdentity:
    """Of the inputs, the models, the files of the pricing, the configuration (chunk size included)
    and the code.

    Where the output goes and how many threads work does not matter to the result; nor does what
    the optimiser and the training read, nor tables, columns and aggregates that nothing needs.
    """
    config = inputs.book.model_dump(mode="json", exclude={"output": {"dir"}})
    used = {name: part for name, part in config.items() if name not in OF_OTHERS}
    needed = {
        "tables": {name: table.model_dump(mode="json") for name, table in needs.read.items()},
        "recipe": [(f.table, f.column, f.of, f.window.name, f.statistic) for f in needs.aggregates],
        "features": dict(needs.expressions),
    }
    parts = {
        "inputs": inputs.identities,
        "models": models,
        "pricing": pricing,
        "config": used | needed,
        "versions": code_version(),
    }
    text = json.dumps(parts, sort_keys=True)
    facts = parts | {"config": config, "seeds": {"fit": inputs.book.fit.seed}}
    return RunIdentity(hashlib.sha256(text.encode()).hexdigest()[:16], facts)


def code_version() -> dict[str, str]:
    """Versions of what computes, and a hash of Nightbook's own source."""
    here = Path(__file__).parent
    sources = _sources([here, here.parent / "kernels"])
    digest = hashlib.sha256()
    for file in sources:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    versions = {name: version(name) for name in _LIBRARIES}
    return versions | {"source_sha256": digest.hexdigest()}


def _sources(folders: Iterable[Path]) -> list[Path]:
    return [file for folder in folders for file in sorted(folder.rglob("*.py"))]
