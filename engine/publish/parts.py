"""Chunks on disk: a part, its sidecars, and the chunk manifest that makes them count.

A chunk is finished when ``chunk-00007.json`` is there and every file it names has the size and
sha256 it says. The part is the first file written and the last one removed, the chunk manifest the
last one written and the first one removed: so no part means nothing is left of the chunk.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from engine.errors import OutputError
from engine.publish import files
from engine.publish.frames import to_parquet
from engine.publish.keys import describe
from engine.publish.records import (
    PLAIN_NAME,
    ChunkManifest,
    FrameRecord,
    SidecarRecord,
    parse_object,
    to_json,
)

_CHUNK_FILE = re.compile(r"(?:part-(\d{5,})\.parquet|chunk-(\d{5,})\.json)")
_RESERVED = ("part", "chunk")


def part_name(index: int) -> str:
    """``part-00007.parquet``"""
    return f"part-{index:05d}.parquet"


def chunk_name(index: int) -> str:
    """``chunk-00007.json``"""
    return f"chunk-{index:05d}.json"


def index_of(path: Path) -> int | None:
    """The number of a part or chunk manifest, from its name; None for other files."""
    match = _CHUNK_FILE.fullmatch(path.name)
    return int(match[1] or match[2]) if match else None


def write_chunk(
    folder: Path,
    index: int,
    frame: pl.DataFrame,
    sidecars: Mapping[str, pl.DataFrame],
    facts: Mapping[str, Any],
) -> ChunkManifest:
    """Write a chunk's files and then its manifest; sidecars without rows are not written.

    After a failure nothing of the chunk is left, as far as the disk still obeys. Raises OutputError
    (the disk), DataError (the key), ValueError (facts that JSON cannot hold).
    """
    _check_kinds(sidecars)
    key = describe(frame, part_name(index))
    kept = parse_object(to_json(facts))  # as the next process will read them
    try:
        part = _write_frame(folder / part_name(index), frame)
        beside = [
            SidecarRecord(kind=kind, **_write_frame(folder / _sidecar_name(kind, index), rows))
            for kind, rows in sorted(sidecars.items())
            if rows.height
        ]
        manifest = ChunkManifest(
            index=index,
            rows=frame.height,
            key=key,
            part=FrameRecord(**part),
            sidecars=beside,
            facts=kept,
        )
        files.write_durably(folder / chunk_name(index), to_json(manifest.model_dump()))
    except BaseException:
        with suppress(OutputError):  # the first error is the one to report
            discard(folder, index)
        raise
    return manifest


def find_chunk(folder: Path, index: int) -> ChunkManifest | None:
    """The manifest of a finished chunk; None if it is not finished, whatever was left is removed.

    Raises OutputError if a file is there and cannot be read or removed.
    """
    manifest = _read_manifest(folder, index)
    if manifest is not None:
        with files.translated("read", folder):
            if all(record.is_intact(folder) for record in manifest.files):
                return manifest
    if manifest is not None or _left(folder, index):
        discard(folder, index)
    return None


def discard(folder: Path, index: int) -> None:
    """Remove every file of a chunk: its manifest first, its part last. Raises OutputError."""
    files.remove(folder / chunk_name(index))
    for path in files.list_folder(folder):
        if path.name.endswith(_sidecar_name("", index)) and path.name != part_name(index):
            files.remove(path)
    files.remove(folder / part_name(index))


def _left(folder: Path, index: int) -> bool:
    return any((folder / name(index)).exists() for name in (part_name, chunk_name))


def _check_kinds(kinds: Iterable[str]) -> None:
    wrong = [kind for kind in kinds if kind in _RESERVED or not re.fullmatch(PLAIN_NAME, kind)]
    if wrong:
        raise ValueError(f"not a name for a sidecar: {', '.join(map(repr, wrong))}")


def _sidecar_name(kind: str, index: int) -> str:
    return f"{kind}-{index:05d}.parquet"


def _write_frame(path: Path, frame: pl.DataFrame) -> dict[str, Any]:
    data = to_parquet(frame)
    files.write_durably(path, data)
    return {
        "name": path.name,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "rows": frame.height,
    }


def _read_manifest(folder: Path, index: int) -> ChunkManifest | None:
    """The chunk manifest if it is there, well formed, and of this chunk."""
    path = folder / chunk_name(index)
    try:
        manifest = ChunkManifest.model_validate(parse_object(files.read_bytes(path)))
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise files.output_error("read", path, exc) from exc
    except (ValueError, ValidationError):
        return None
    expected = manifest.index == index and manifest.part.name == part_name(index)
    return manifest if expected and manifest.rows == manifest.part.rows else None
