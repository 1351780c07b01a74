"""From finished chunks to the manifest of the run: are they all there, do they add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import NightbookError, OutputError
from engine.publish import files, parts
from engine.publish.content_hash import content_hash
from engine.publish.records import ChunkManifest, FileRecord, RunManifest, parse_object, to_json


def all_chunks(
    folder: Path, finished: Mapping[int, ChunkManifest], count: int, customers: int | None
) -> list[ChunkManifest]:
    """The chunks 0..count-1 of a run, in order.

    ``finished``: those whose files this process has written or hashed; of the others every byte is
    read. Raises OutputError if a chunk is missing or damaged, NightbookError if there are more
    than ``count`` or their rows are not ``customers``.
    """
    chunks = [_one_chunk(folder, finished.get(index), index) for index in range(count)]
    indexed = ((parts.index_of(path), path.name) for path in files.list_folder(folder))
    too_many = [name for index, name in indexed if index is not None and index >= count]
    if too_many:
        raise NightbookError(f"{folder} holds more than {count} chunks: {', '.join(too_many[:5])}")
    rows = sum(chunk.rows for chunk in chunks)
    if customers is not None and rows != customers:
        raise NightbookError(f"{folder}: the parts hold {rows} rows, not {customers}")
    return chunks


def run_document(
    folder: Path, chunks: Sequence[ChunkManifest], extra: Mapping[str, Any]
) -> dict[str, Any]:
    """The manifest of the run: what is on disk, and beside it ``extra``.

    Raises ValueError if ``extra`` gives a name of ours another value or holds what JSON cannot,
    DataError and OutputError as ``content_hash`` does.
    """
    own = RunManifest(
        run_id=folder.name,
        content_hash=content_hash([folder / chunk.part.name for chunk in chunks]),
        customers=sum(chunk.rows for chunk in chunks),
        parts=[chunk.part for chunk in chunks],
        sidecars=[sidecar for chunk in chunks for sidecar in chunk.sidecars],
        chunk_manifests=[_chunk_file(folder, chunk.index) for chunk in chunks],
    ).model_dump()
    if clash := [name for name in own if name in extra and extra[name] != own[name]]:
        raise ValueError(f"the manifest of the run sets these itself: {', '.join(clash)}")
    head = {name: own[name] for name in ("run_id", "content_hash", "customers")}
    return parse_object(to_json({**head, **extra, **own}))  # as readers will see it


def _one_chunk(folder: Path, known: ChunkManifest | None, index: int) -> ChunkManifest:
    with files.translated("read", folder):
        intact = known is not None and all(record.is_at(folder) for record in known.files)
    chunk = known if intact else parts.find_chunk(folder, index)
    if chunk is None:
        raise OutputError(f"chunk {index} of {folder} is missing or damaged; run again to redo it")
    return chunk


def _chunk_file(folder: Path, index: int) -> FileRecord:
    path = folder / parts.chunk_name(index)
    with files.translated("read", path):
        return FileRecord(name=path.name, bytes=path.stat().st_size, sha256=files.sha256_file(path))
