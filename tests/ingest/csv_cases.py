"""One CSV file staged by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from engine.ingest import TableConfig
from engine.ingest.csv_files import stage_csv

Spec = dict[str, str]


def stage(folder: Path, content: str | bytes, spec: Spec, **style: Any) -> pl.DataFrame:
    """What is staged of a single CSV file, without the file number."""
    path = folder / "t.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    columns = {name: {"type": kind} for name, kind in spec.items()}
    config = TableConfig(files="t.csv", columns=columns, csv=style)  # type: ignore[arg-type]
    (staged,) = stage_csv([path], config, folder)
    return pl.read_parquet(staged).drop("__file")


def cells(folder: Path, kind: str, *texts: str, **style: Any) -> list[Any]:
    """The values of one column of the declared type; what is unreadable is ``("?", text)``."""
    frame = stage(
        folder, "\n".join(["n,x", *(f"1,{text}" for text in texts)]), {"x": kind}, **style
    )
    return [
        ("?", note.removeprefix("\x1fx=")) if note else value for value, note in frame.iter_rows()
    ]
