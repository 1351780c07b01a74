"""What the JSON files of a run hold: ``chunk-00007.json`` and ``manifest.json``.

They are read back from disk, so they are checked: shape, types, and that a name is a plain file
name of the run's own folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.publish import files

MANIFEST = "manifest.json"
PLAIN_NAME = r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$"
Name = Annotated[str, Field(pattern=PLAIN_NAME)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FileRecord(_Record):
    """One file: enough to notice any change."""

    name: Name
    bytes: Count
    sha256: Sha256

    def is_at(self, folder: Path) -> bool:
        """Whether a file of this name and size is there (the content is not read)."""
        try:
            return (folder / self.name).stat().st_size == self.bytes
        except (FileNotFoundError, NotADirectoryError):
            return False

    def is_intact(self, folder: Path) -> bool:
        """Whether the file is there, to the byte. Raises OSError if it cannot be read."""
        return self.is_at(folder) and files.sha256_file(folder / self.name) == self.sha256


class FrameRecord(FileRecord):
    """A Parquet file."""

    rows: Count


class SidecarRecord(FrameRecord):
    """A Parquet file beside a part; ``kind`` is what it holds, e.g. ``quarantine``."""

    kind: Name


class KeyRecord(_Record):
    """The keys of a part: hash of the column, first and last value; ascending: strictly."""

    column: str
    sha256: Sha256
    first: int | str | None
    last: int | str | None
    ascending: bool


class ChunkManifest(_Record):
    """A finished chunk: its part, its sidecars, and the facts the pipeline keeps of it."""

    index: Count
    rows: Count
    key: KeyRecord
    part: FrameRecord
    sidecars: list[SidecarRecord]
    facts: dict[str, Any]

    @property
    def files(self) -> list[FrameRecord]:
        """All files of the chunk but its own manifest."""
        return [self.part, *self.sidecars]


class RunManifest(_Record):
    """A published run; what the pipeline adds (totals, versions, ...) is kept beside these."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    run_id: Name
    content_hash: Sha256
    customers: Count
    parts: list[FrameRecord]
    sidecars: list[SidecarRecord]
    chunk_manifests: list[FileRecord]

    @property
    def files(self) -> list[FileRecord]:
        """All files the manifest names."""
        return [*self.parts, *self.sidecars, *self.chunk_manifests]


def to_json(document: Mapping[str, Any]) -> bytes:
    """Indented UTF-8 JSON, keys in the order given.

    Raises ValueError for NaN and infinity, which JSON cannot hold.
    """
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8") + b"\n"


def parse_object(data: bytes) -> dict[str, Any]:
    """A JSON object. Raises ValueError for anything else."""
    try:
        document = json.loads(data)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 a content error, not a caller's
    return document


def parse_manifest(data: bytes) -> tuple[RunManifest, dict[str, Any]]:
    """A manifest, checked and as it stands. Raises ValueError saying what is wrong with it."""
    document = parse_object(data)
    try:
        return RunManifest.model_validate(document), document
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise ValueError(f"{place}: {first['msg']}") from exc
